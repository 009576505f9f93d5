//! One session with a cluster: prepared statements, each for many rows at once.

use std::ops::{ControlFlow, Range};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::{StreamExt, TryStreamExt};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::{OpenSsl010Config, Session};
use scylla::client::session_builder::SessionBuilder;
use scylla::errors::ExecutionError;
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::policies::retry::FallthroughRetryPolicy;
use scylla::response::PagingState;
use scylla::response::query_result::QueryResult;
use scylla::statement::batch::{Batch, BatchType};
use scylla::statement::prepared::PreparedStatement;
use scylla::statement::{Consistency, SerialConsistency};
use tokio::sync::Semaphore;

use crate::cassandra::ffi::{CallLimit, CassandraOptions, CqlKind, CqlRows};
use crate::cassandra_errors::{Effect, execution_error, prepare_error, session_error};
use crate::cassandra_values::{BoundRow, append_page, append_rows};
use crate::error::{BridgeError, Code, Result};
use crate::runtime::{Runtime, locked};

/// Of one attempt.
const ATTEMPT: Duration = Duration::from_secs(2);
const CONNECT: Duration = Duration::from_secs(5);
/// Of a change to the schema, which waits for all nodes.
const DEFINITION: Duration = Duration::from_secs(20);
/// How long failures are answered by another attempt.
const PATIENCE: Duration = Duration::from_secs(3);
/// Batches are much work: a server that is slow for them is not yet away.
const BATCH_ATTEMPT: Duration = Duration::from_secs(5);
const BATCH_PATIENCE: Duration = Duration::from_secs(20);
const FIRST_DELAY: Duration = Duration::from_millis(50);
const LONGEST_DELAY: Duration = Duration::from_secs(1);
/// Requests under way at a time, of all calls together: as fast as more of them, and each is answered
/// sooner. A batch counts for several.
const WINDOW: usize = 64;
const ROWS_PER_PLACE: usize = 8;
const PAGE_ROWS: i32 = 5000;

/// A connection to a cluster. Its threads are shared with the other clients of the bridge.
pub struct CassandraSession {
    session: Session,
    window: Semaphore,
    runtime: Arc<Runtime>,
}

/// What is executed again and again. It lives as long as its session, over restarts of servers.
pub struct CassandraStatement {
    prepared: PreparedStatement,
    effect: Effect,
}

pub fn connect_cassandra(options: &CassandraOptions, limit: &CallLimit) -> Result<Box<CassandraSession>> {
    let runtime = Runtime::shared()?;
    let refusal = Refusal::default();
    let session = runtime.run(limit, async {
        let built = builder(options, &refusal)?.build().await;
        built.map_err(|error| session_error(&error, options.tls, &locked(&refusal)))
    })?;
    check_datacenter(&session, &options.datacenter)?;
    Ok(Box::new(CassandraSession { session, window: Semaphore::new(WINDOW), runtime }))
}

fn builder(options: &CassandraOptions, refusal: &Refusal) -> Result<SessionBuilder> {
    let mut balancing = DefaultPolicy::builder().token_aware(true);
    if !options.datacenter.is_empty() {
        balancing = balancing.prefer_datacenter(options.datacenter.clone()).permit_dc_failover(false);
    }
    // Retries are made here, where the call's time is known.
    let profile = ExecutionProfile::builder()
        .consistency(Consistency::LocalQuorum)
        .serial_consistency(Some(SerialConsistency::Serial))
        .request_timeout(Some(ATTEMPT))
        .retry_policy(Arc::new(FallthroughRetryPolicy::new()))
        .speculative_execution_policy(None)
        .load_balancing_policy(balancing.build())
        .build();
    let mut builder = SessionBuilder::new()
        .known_nodes(&options.servers)
        .default_execution_profile_handle(profile.into_handle())
        .connection_timeout(CONNECT)
        .keepalive_interval(Duration::from_secs(2))
        .keepalive_timeout(Duration::from_secs(4))
        .fetch_full_schema_metadata(false)
        .schema_agreement_timeout(DEFINITION);
    if !options.user.is_empty() {
        builder = builder.user(options.user.clone(), options.password.clone());
    }
    if options.tls {
        builder = builder.tls_context(Some(tls(&options.ca_file, refusal)?));
    }
    Ok(builder)
}

/// Why a certificate was refused last: the handshake's own error does not say.
type Refusal = Arc<Mutex<String>>;

/// Verifies certificates, and that they are for the address of the node.
fn tls(ca_file: &str, refusal: &Refusal) -> Result<OpenSsl010Config> {
    let invalid = |error: openssl::error::ErrorStack| {
        let named = if ca_file.is_empty() { "the system's certificates" } else { ca_file };
        BridgeError::new(Code::Invalid, format!("tables.ca_file: cannot read {named}: {error}"))
    };
    let mut connector = SslConnector::builder(SslMethod::tls_client()).map_err(invalid)?;
    if !ca_file.is_empty() {
        // Only who is named, and not whom the system trusts as well.
        let store = openssl::x509::store::X509StoreBuilder::new().map_err(invalid)?;
        connector.set_cert_store(store.build());
        connector.set_ca_file(ca_file).map_err(invalid)?;
    }
    let refusal = Arc::clone(refusal);
    connector.set_verify_callback(SslVerifyMode::PEER, move |is_well, chain| {
        if !is_well {
            *locked(&refusal) = chain.error().error_string().to_string();
        }
        is_well
    });
    Ok(OpenSsl010Config::new(connector))
}

fn check_datacenter(session: &Session, datacenter: &str) -> Result<()> {
    if datacenter.is_empty() {
        return Ok(());
    }
    let state = session.get_cluster_state();
    let mut known: Vec<_> = state.get_nodes_info().iter().filter_map(|node| node.datacenter.clone()).collect();
    known.sort();
    known.dedup();
    if known.iter().any(|name| name == datacenter) {
        return Ok(());
    }
    let text = format!("tables.datacenter: there is no \"{datacenter}\" in the cluster; it has {}", known.join(", "));
    Err(BridgeError::new(Code::Invalid, text))
}

/// `span` without its first part, at random, so that many processes do not come back at once.
fn jittered(span: Duration) -> Duration {
    let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    span.mul_f64(0.5 + f64::from(nanoseconds % 1_000) / 2_000.0)
}

/// The first success of `attempt`, or what failed when patience is at its end.
async fn with_retries<T>(
    effect: Effect,
    patience: Duration,
    mut attempt: impl AsyncFnMut() -> std::result::Result<T, ExecutionError>,
) -> Result<T> {
    let began = Instant::now();
    let mut delay = FIRST_DELAY;
    loop {
        let error = match attempt().await {
            Ok(answer) => return Ok(answer),
            Err(error) => execution_error(&error, effect),
        };
        // What changes something once is the caller's to repeat.
        if error.code != Code::Unavailable || effect == Effect::Once || began.elapsed() >= patience {
            return Err(error);
        }
        tokio::time::sleep(jittered(delay)).await;
        delay = (delay * 2).min(LONGEST_DELAY);
    }
}

impl CassandraSession {
    /// Changes the schema.
    pub fn define(&self, cql: &str, limit: &CallLimit) -> Result<()> {
        self.runtime.run(limit, async {
            let mut statement = scylla::statement::unprepared::Statement::new(cql);
            statement.set_request_timeout(Some(DEFINITION));
            statement.set_is_idempotent(true);
            with_retries(Effect::Harmless, PATIENCE, async || {
                self.session.query_unpaged(statement.clone(), ()).await.map(drop)
            })
            .await
        })
    }

    pub fn prepare(&self, cql: &str, kind: CqlKind, limit: &CallLimit) -> Result<Box<CassandraStatement>> {
        self.runtime.run(limit, async {
            let mut prepared = self.session.prepare(cql).await.map_err(|error| prepare_error(&error))?;
            prepared.set_page_size(PAGE_ROWS);
            prepared.set_consistency(Consistency::LocalQuorum);
            prepared.set_is_idempotent(kind != CqlKind::Conditional);
            if kind == CqlKind::SerialRead {
                prepared.set_consistency(Consistency::Serial);
            }
            let effect = if kind == CqlKind::Conditional { Effect::Once } else { Effect::Harmless };
            Ok(Box::new(CassandraStatement { prepared, effect }))
        })
    }

    pub fn execute(&self, statement: &CassandraStatement, values: &CqlRows, limit: &CallLimit) -> Result<CqlRows> {
        let first = |request: usize| if request == 0 { 0 } else { values.ends[request - 1] };
        self.runtime.run(limit, async {
            futures::stream::iter(0..values.ends.len())
                .map(|request| self.request(statement, values, first(request)..values.ends[request]))
                .buffered(WINDOW)
                .try_fold(CqlRows::default(), async |mut all, rows| {
                    append_rows(&mut all, rows);
                    Ok(all)
                })
                .await
        })
    }

    async fn request(&self, statement: &CassandraStatement, values: &CqlRows, rows: Range<usize>) -> Result<CqlRows> {
        let places = (rows.len() / ROWS_PER_PLACE).clamp(1, WINDOW / 8) as u32;
        let _places = self
            .window
            .acquire_many(places)
            .await
            .map_err(|error| BridgeError::new(Code::Internal, error.to_string()))?;
        if rows.len() == 1 || values.columns.is_empty() {
            self.single(statement, BoundRow { columns: &values.columns, row: rows.start }).await
        } else {
            self.batch(statement, values, rows).await
        }
    }

    /// All pages of what one row of values asks for.
    async fn single(&self, statement: &CassandraStatement, values: BoundRow<'_>) -> Result<CqlRows> {
        let mut all = CqlRows::default();
        let mut count = 0;
        let mut state = PagingState::start();
        loop {
            let (page, next) = with_retries(statement.effect, PATIENCE, async || {
                self.session.execute_single_page(&statement.prepared, &values, state.clone()).await
            })
            .await?;
            count += append(&mut all, page)?;
            match next.into_paging_control_flow() {
                ControlFlow::Continue(next) => state = next,
                ControlFlow::Break(()) => break,
            }
        }
        all.ends.push(count);
        Ok(all)
    }

    /// One batch, not logged: its rows lie in one partition, where it is written whole or not at all.
    async fn batch(&self, statement: &CassandraStatement, values: &CqlRows, rows: Range<usize>) -> Result<CqlRows> {
        let mut batch = Batch::new(BatchType::Unlogged);
        batch.set_consistency(Consistency::LocalQuorum);
        batch.set_is_idempotent(true);
        batch.set_request_timeout(Some(BATCH_ATTEMPT));
        let bound: Vec<_> = rows.map(|row| BoundRow { columns: &values.columns, row }).collect();
        for _ in &bound {
            batch.append_statement(statement.prepared.clone());
        }
        with_retries(statement.effect, BATCH_PATIENCE, async || self.session.batch(&batch, &bound).await).await?;
        Ok(CqlRows { ends: vec![0], columns: vec![] })
    }
}

fn append(rows: &mut CqlRows, page: QueryResult) -> Result<usize> {
    if !page.is_rows() {
        return Ok(0);
    }
    let page = page.into_rows_result().map_err(|error| BridgeError::new(Code::Internal, error.to_string()))?;
    append_page(rows, &page)
}
