fn main() {
    cxx_build::bridges(["src/runtime.rs", "src/probe.rs", "src/hdfs.rs", "src/cassandra.rs"])
        .std("c++20")
        .compile("punnet_bridge_cxx");
    for source in ["runtime", "probe", "hdfs", "cassandra"] {
        println!("cargo:rerun-if-changed=src/{source}.rs");
    }
}
