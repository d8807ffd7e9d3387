//! Runs the steps of operations
