//! Clients: create, read, change, delete, import, export
