//! Stand-ins for the outside services, and the sites they host
