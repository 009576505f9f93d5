//! Cassandra, by the scylla crate: statements are executed for rows of values, and what they mean is
//! the caller's business.

use crate::cassandra_session::{CassandraSession, CassandraStatement, connect_cassandra};

#[cxx::bridge(namespace = "punnet::bridge")]
pub mod ffi {
    #[namespace = "punnet::bridge"]
    extern "C++" {
        include!("punnet_bridge/src/runtime.rs.h");
        type CallLimit = crate::runtime::ffi::CallLimit;
    }

    /// How to reach a cluster.
    struct CassandraOptions {
        /// HOST:PORT of any of its nodes.
        servers: Vec<String>,
        /// The data centre to talk to; empty: any.
        datacenter: String,
        /// Empty: none.
        user: String,
        password: String,
        tls: bool,
        /// PEM of who signed the servers' certificates; empty: whom the system trusts.
        ca_file: String,
    }

    /// The values of one column. Lists of numbers lie in `ints` and maps from text to number in
    /// `texts` and `ints`, both one behind the other, with the end of each in `ends`.
    #[derive(Default)]
    struct CqlColumn {
        ints: Vec<i64>,
        texts: Vec<String>,
        ends: Vec<usize>,
    }

    /// Rows to bind, or rows found. `ends` says where the rows of each request end.
    #[derive(Default)]
    struct CqlRows {
        columns: Vec<CqlColumn>,
        ends: Vec<usize>,
    }

    enum CqlKind {
        /// Reads, or writes what may be written again.
        Plain,
        /// Reads what the last conditional write left.
        SerialRead,
        /// Writes if a condition holds. Never repeated.
        Conditional,
    }

    extern "Rust" {
        type CassandraSession;
        type CassandraStatement;

        fn connect_cassandra(options: &CassandraOptions, limit: &CallLimit) -> Result<Box<CassandraSession>>;

        /// Executes a statement that changes the schema and may be repeated.
        fn define(self: &CassandraSession, cql: &str, limit: &CallLimit) -> Result<()>;

        fn prepare(
            self: &CassandraSession,
            cql: &str,
            kind: CqlKind,
            limit: &CallLimit,
        ) -> Result<Box<CassandraStatement>>;

        /// Makes all requests of `values` at once. Several rows of one request are written as one
        /// batch and have to lie in one partition.
        fn execute(
            self: &CassandraSession,
            statement: &CassandraStatement,
            values: &CqlRows,
            limit: &CallLimit,
        ) -> Result<CqlRows>;
    }
}
