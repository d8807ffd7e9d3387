//! Reads `template.yaml`, the one description of what runs, as CloudFormation and SAM would.

pub mod model;
