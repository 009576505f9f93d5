//! One runtime for both clients, and how a call that comes from C++ ends: with its answer, at its
//! deadline, when it is cancelled, or as an error where it would have panicked.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;

use crate::error::{BridgeError, Code, Result};

#[cxx::bridge(namespace = "punnet::bridge")]
pub mod ffi {
    /// How long a call may take from now, and the number by which it is cancelled.
    struct CallLimit {
        left_ms: u64,
        id: u64,
    }

    extern "Rust" {
        /// A number to cancel a call by, until it is forgotten.
        fn new_call_id() -> u64;
        fn cancel_call(id: u64);
        fn forget_call(id: u64);
    }
}

/// What nobody can cancel.
const NO_ID: u64 = 0;
const WORKERS: usize = 2;
/// They look up host names.
const BLOCKING_THREADS: usize = 4;
const SHUTDOWN: Duration = Duration::from_secs(1);

static NEXT_ID: AtomicU64 = AtomicU64::new(1);
static CALLS: LazyLock<Mutex<HashMap<u64, Arc<Notify>>>> = LazyLock::new(Mutex::default);
static CURRENT: Mutex<Weak<Runtime>> = Mutex::new(Weak::new());

/// A lock that a panic elsewhere does not take away.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn new_call_id() -> u64 {
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    locked(&CALLS).insert(id, Arc::default());
    id
}

fn cancel_call(id: u64) {
    let waiting = locked(&CALLS).get(&id).cloned();
    if let Some(waiting) = waiting {
        // Kept for a call that does not wait yet.
        waiting.notify_one();
    }
}

fn forget_call(id: u64) {
    locked(&CALLS).remove(&id);
}

/// The threads that serve connections. They end with the last client that holds it.
pub struct Runtime {
    inner: Option<tokio::runtime::Runtime>,
}

impl Runtime {
    /// The one that runs, or a new one. Held by clients and what they open, never by a task.
    pub fn shared() -> Result<Arc<Runtime>> {
        let mut current = locked(&CURRENT);
        if let Some(running) = current.upgrade() {
            return Ok(running);
        }
        let inner = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING_THREADS)
            .thread_name("punnet-bridge")
            .enable_all()
            .build()
            .map_err(|error| BridgeError::new(Code::Exhausted, format!("cannot start threads: {error}")))?;
        let started = Arc::new(Runtime { inner: Some(inner) });
        *current = Arc::downgrade(&started);
        Ok(started)
    }

    pub fn handle(&self) -> &Handle {
        self.inner.as_ref().expect("a runtime lives until it is dropped").handle()
    }

    /// Waits on the calling thread until `future` has ended, its time is over or it is cancelled; it
    /// is dropped then. A panic becomes an error.
    pub fn run<T>(&self, limit: &ffi::CallLimit, future: impl Future<Output = Result<T>>) -> Result<T> {
        let calls = if limit.id == NO_ID { None } else { locked(&CALLS).get(&limit.id).cloned() };
        let cancelled = async {
            match calls {
                Some(call) => call.notified().await,
                None => std::future::pending().await,
            }
        };
        guarded(|| {
            self.handle().block_on(async {
                tokio::select! {
                    biased;
                    () = cancelled => Err(BridgeError::new(Code::Cancelled, "cancelled")),
                    answer = within(Duration::from_millis(limit.left_ms), future) => answer,
                }
            })
        })
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            inner.shutdown_timeout(SHUTDOWN);
        }
    }
}

/// `future`, or a timeout.
pub async fn within<T>(time: Duration, future: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(time, future)
        .await
        .unwrap_or_else(|_| Err(BridgeError::new(Code::Timeout, "no answer in time")))
}

/// What `entry` returns; a panic in it becomes an error. Everything that C++ calls passes here.
pub fn guarded<T>(entry: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(entry)).unwrap_or_else(|panic| {
        Err(BridgeError::new(Code::Internal, format!("the bridge panicked: {}", panic_text(&*panic))))
    })
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word")
}
