//! What every function needs around its handler: settings, clients, logging, clock
