//! What the bridge itself is tested by, as no server is needed for it.

use crate::error::{BridgeError, Code, Result};
use crate::runtime::Runtime;

#[cxx::bridge(namespace = "punnet::bridge")]
mod ffi {
    #[namespace = "punnet::bridge"]
    extern "C++" {
        include!("punnet_bridge/src/runtime.rs.h");
        type CallLimit = crate::runtime::ffi::CallLimit;
    }

    extern "Rust" {
        /// Behaves as `how` says: "answer" gives `how` back, "fail", "panic", "wait" never ends.
        fn probe(how: &str, limit: &CallLimit) -> Result<String>;
    }
}

fn probe(how: &str, limit: &ffi::CallLimit) -> Result<String> {
    Runtime::shared()?.run(limit, async {
        match how {
            "answer" => Ok(how.to_string()),
            "fail" => Err(BridgeError::new(Code::Unavailable, "failed\tas told")),
            "panic" => panic!("panicked as told"),
            "wait" => std::future::pending().await,
            _ => Err(BridgeError::new(Code::Invalid, format!("cannot {how}"))),
        }
    })
}
