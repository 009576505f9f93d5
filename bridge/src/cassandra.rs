//! Cassandra, by the scylla crate.

#[cxx::bridge(namespace = "punnet::bridge")]
mod ffi {
    extern "Rust" {
        /// Which version of the client is linked.
        fn cassandra_client_version() -> String;
    }
}

fn cassandra_client_version() -> String {
    "scylla 1.9.0".to_string()
}
