//! HDFS and Cassandra for the C++ program. Each client has a file with a bridge of its own; what they
//! share is how a call ends (`runtime`) and how an error looks (`error`).

mod cassandra;
mod cassandra_errors;
mod cassandra_session;
mod cassandra_values;
mod error;
mod hadoop_conf;
mod hdfs;
mod hdfs_errors;
mod probe;
mod runtime;
