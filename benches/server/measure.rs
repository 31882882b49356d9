//! One scenario on one server, and on its floor.

use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

use super::{
    fixture::{USER_COUNT, post, register, register_client},
    load::{Load, Plan},
    process::Watch,
    progress::Progress,
    report::{Figures, Row},
    scenario::Scenario,
    signing::{Ask, Signer},
    target::BenchTarget,
    wire::Connection,
};

/// How long a server has to come to rest before the next scenario.
const PAUSE_BEFORE_MEASURE: Duration = Duration::from_millis(300);

/// Measures it all.
pub(crate) async fn measure(
    subject: &BenchTarget,
    scenario: Scenario,
    plan: Plan,
    progress: &Progress,
) -> Result<Row> {
    progress.phase(scenario.name());
    let server = match scenario {
        Scenario::FanOut => fan_out(subject, plan).await?,
        Scenario::Register => newcomers(subject, plan).await?,
        _ => {
            let ask = |number| scenario.ask(&subject.world, number);
            requests(&subject.world.authority, subject.watch, plan, ask).await?
        }
    };
    let resident_kib = subject.watch.and_then(Watch::resident);
    let mut floor = None;
    if let (true, Some((_, bare))) = (scenario.has_floor(), &subject.floor) {
        progress.phase(&format!("{} (floor)", scenario.name()));
        let ask = |number| scenario.ask_floor(bare, &subject.world.users[0].credentials, number);
        let watch = Some(bare.process.watch());
        floor = Some(requests(&bare.authority(), watch, plan, ask).await?);
    }
    tokio::time::sleep(PAUSE_BEFORE_MEASURE).await;
    Ok(Row {
        scenario: scenario.name().into(),
        subject: subject.about.name.clone(),
        unit: unit(scenario).into(),
        server,
        resident_kib,
        floor,
    })
}

/// Unit of the rate.
fn unit(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::FanOut => "inbox entries",
        Scenario::Register => "sequences",
        _ => "requests",
    }
}

/// Resource use during a measurement.
struct Meter {
    watch: Option<Watch>,
    server: Option<f64>,
    own: Option<f64>,
}

impl Meter {
    fn start(watch: Option<Watch>) -> Self {
        Self {
            watch,
            server: watch.and_then(Watch::cpu),
            own: Watch(std::process::id()).cpu(),
        }
    }

    /// The figures of a load, with what was used by each request.
    fn figures(self, load: &Load, rate: f64) -> Figures {
        let each = |seconds: f64| seconds * 1e6 / load.count().max(1) as f64;
        let used = |before: Option<f64>, now: Option<f64>| Some(each(now? - before?));
        let milliseconds = |part| load.quantile(part).as_secs_f64() * 1e3;
        Figures {
            count: load.count(),
            rate,
            p50_ms: milliseconds(0.5),
            p99_ms: milliseconds(0.99),
            bytes: load.bytes / load.count().max(1),
            cpu_us: used(self.server, self.watch.and_then(Watch::cpu)),
            generator_us: used(self.own, Watch(std::process::id()).cpu()),
        }
    }
}

async fn requests(
    authority: &str,
    watch: Option<Watch>,
    plan: Plan,
    ask: impl Fn(usize) -> Ask,
) -> Result<Figures> {
    let (next, count) = plan.warm(authority, &ask).await?;
    let asks = (next..next + count).map(&ask).collect();
    let meter = Meter::start(watch);
    let load = plan.measure(authority, asks).await?;
    Ok(meter.figures(&load, load.rate()))
}

/// Posts of the first to all followers. The clock stops when the last of them is in the last inbox.
async fn fan_out(subject: &BenchTarget, plan: Plan) -> Result<Figures> {
    let world = &subject.world;
    let ask = |number| Scenario::FanOut.ask(world, number);
    let before = world.inboxes().await?;
    let (next, count) = plan.warm(&world.authority, ask).await?;
    // Posts of the warm-up are not to arrive while the clock runs.
    let posted = world.inbox_of_first().await? - before[0];
    world.settle(&before, posted).await?;
    let before = world.inboxes().await?;
    let asks = (next..next + count).map(ask).collect();
    let meter = Meter::start(subject.watch);
    let begun = Instant::now();
    let load = plan.measure(&world.authority, asks).await?;
    world.settle(&before, load.count() as u64).await?;
    let entries = load.count() * USER_COUNT;
    let rate = entries as f64 / begun.elapsed().as_secs_f64();
    Ok(meter.figures(&load, rate))
}

/// Clients register, then accounts, and post. Each request needs the answer to the one before, so
/// they are signed as they are sent.
async fn newcomers(subject: &BenchTarget, plan: Plan) -> Result<Figures> {
    arrivals(subject, plan, "early", plan.warm_up).await?;
    let meter = Meter::start(subject.watch);
    let load = arrivals(subject, plan, "late", plan.measure).await?;
    Ok(meter.figures(&load, load.rate()))
}

async fn arrivals(subject: &BenchTarget, plan: Plan, name: &str, time: Duration) -> Result<Load> {
    let world = &subject.world;
    let server = world.signer.base().parse()?;
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    for number in 0..plan.connections {
        let name = format!("{}-{name}-{number}", world.prefix);
        let authority = world.authority.clone();
        tasks.spawn(arrive(Signer::new(&server), authority, name, begun + time));
    }
    let mut all = Load::default();
    while let Some(load) = tasks.join_next().await {
        all.add(load??);
    }
    all.latencies.sort_unstable();
    Ok(all)
}

async fn arrive(signer: Signer, authority: String, name: String, end: Instant) -> Result<Load> {
    let mut connection = Connection::open(&authority).await?;
    let mut load = Load::default();
    while Instant::now() < end {
        let begun = Instant::now();
        let client = register_client(&signer, &mut connection).await?;
        let nickname = format!("{name}-{}", load.count());
        let user = register(&signer, &mut connection, &client, nickname).await?;
        let first = post(0);
        let ask = signer.post(&user.path("feed"), Some(&user.credentials), &first);
        load.bytes += connection.ask(&ask).await?.body.len();
        load.latencies.push(begun.elapsed());
        load.elapsed += begun.elapsed();
    }
    Ok(load)
}
