//! Every outside HTTP API: hosting, databases, source code, the client site
