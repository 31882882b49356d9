//! Lists of blocked hosts, as CSV in the format of Mastodon.

use std::{
    collections::HashSet,
    fs::File,
    io::{Read, stdin},
    path::Path,
};

use anyhow::Context as _;
use csv::{StringRecord, Writer};

use super::output::print;
use crate::{
    Context,
    model::{HostBlock, host_name},
    service::{ErrorKind, federation::blocks},
};

/// The columns of a list that is exported. Mastodon ignores those that it does not know.
const COLUMNS: [&str; 4] = ["#domain", "#severity", "#public_comment", "#subdomains"];

/// The severity of a block: the others of Mastodon have no counterpart here.
const SUSPENDED: &str = "suspend";

/// Blocks the hosts of a list.
pub(super) async fn import(ctx: &Context, file: &Path) -> anyhow::Result<()> {
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(stdin())
    } else {
        let opened = File::open(file);
        Box::new(opened.with_context(|| format!("{} can't be read", file.display()))?)
    };
    let mut list = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let columns = Columns::of(list.headers()?)?;
    let known = blocks::list(ctx).await?.into_iter();
    let mut known: HashSet<String> = known.map(|block| block.host).collect();
    let (mut blocked, mut unchanged, mut skipped) = (0_u32, 0_u32, Vec::new());
    for row in list.records() {
        let row = row?;
        let domain = columns.domain(&row);
        let name = match columns.host(&row) {
            Ok(name) => name,
            Err(reason) => {
                skipped.push(format!("Skipped '{domain}': {reason}."));
                continue;
            }
        };
        if !known.insert(name.clone()) {
            unchanged += 1;
            continue;
        }
        let block = blocks::block(ctx, &name, columns.subdomains(&row), columns.reason(&row));
        match block.await {
            Err(error) if error.kind() == ErrorKind::BadRequest => {
                skipped.push(format!("Skipped '{domain}': it is this server."));
            }
            done => {
                done?;
                blocked += 1;
            }
        }
    }
    let skips = skipped.len();
    skipped.push(format!(
        "Hosts blocked: {blocked}, blocked before: {unchanged}, skipped: {skips}."
    ));
    print(&skipped.join("\n"))
}

/// Prints all blocks.
pub(super) async fn export(ctx: &Context) -> anyhow::Result<()> {
    let mut list = Writer::from_writer(Vec::new());
    list.write_record(COLUMNS)?;
    for block in blocks::list(ctx).await? {
        let HostBlock {
            host,
            subdomains,
            reason,
            ..
        } = block;
        let subdomains = if subdomains { "true" } else { "false" };
        let reason = reason.unwrap_or_default();
        list.write_record([&*host, SUSPENDED, &reason, subdomains])?;
    }
    let list = String::from_utf8(list.into_inner()?)?;
    print(list.trim_end())
}

/// Where the columns are.
struct Columns {
    domain: usize,
    severity: Option<usize>,
    reason: Option<usize>,
    subdomains: Option<usize>,
}

impl Columns {
    fn of(headline: &StringRecord) -> anyhow::Result<Self> {
        let find = |name: &str| headline.iter().position(|it| it.trim() == name);
        let [domain, severity, reason, subdomains] = COLUMNS.map(find);
        Ok(Self {
            domain: domain.context("the list has no column '#domain' in its first line")?,
            severity,
            reason,
            subdomains,
        })
    }

    fn domain<'a>(&self, row: &'a StringRecord) -> &'a str {
        row.get(self.domain).unwrap_or_default().trim()
    }

    /// The name of the host that a row blocks, or the reason why it is none.
    fn host(&self, row: &StringRecord) -> Result<String, String> {
        let domain = self.domain(row);
        let name = host_name(domain).filter(|_| !domain.contains('*'));
        let name = name.ok_or_else(|| "it is no name of a host".to_owned())?;
        match cell(row, self.severity) {
            None | Some(SUSPENDED) => Ok(name),
            Some(severity) => Err(format!("its severity is '{severity}'")),
        }
    }

    fn reason(&self, row: &StringRecord) -> Option<String> {
        cell(row, self.reason).map(str::to_owned)
    }

    /// Mastodon blocks the hosts below a domain, too.
    fn subdomains(&self, row: &StringRecord) -> bool {
        cell(row, self.subdomains) != Some("false")
    }
}

/// A cell that is not empty.
fn cell(row: &StringRecord, column: Option<usize>) -> Option<&str> {
    let text = row.get(column?)?.trim();
    (!text.is_empty()).then_some(text)
}
