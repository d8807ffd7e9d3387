//! Read-only views: deployments, health, templates, statistics
