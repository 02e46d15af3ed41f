//! The real template, byte for byte, into the emulator: only what stands in the functions' folders is made here, as
//! `sam build` would make it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use aws::Sdk;
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use crate::local::layout::{Layout, absent};
use crate::local::process;
use crate::local::stamp::{self, Stamp};
use crate::local::{ACCESS_KEY, REGION};
use crate::output::Output;
use crate::problem::Problem;
use crate::service::Call as _;

/// The stack's name in samconfig's section `local`.
pub(crate) const NAME: &str = "tollgate";
/// samconfig's bucket for what is uploaded.
const ARTIFACTS: &str = "tollgate-artifacts";
const FUNCTIONS: [&str; 4] = ["webhook", "processor", "archiver", "publisher"];

/// Whether the templates are those of the last deployment. The emulator cannot be trusted with others in place: it
/// refuses some updates that AWS makes, and leaves removed properties as they were.
pub(crate) fn fits(layout: &Layout) -> anyhow::Result<bool> {
    Ok(stamp::holds(&layout.templates_stamp(), &templates(layout)?.finish()))
}

/// Deploys what changed; says whether anything had.
pub(crate) async fn deploy(
    layout: &Layout,
    programs: &Path,
    sdk: &Sdk,
    output: &Output,
) -> anyhow::Result<bool> {
    let (templates, whole) = (templates(layout)?.finish(), whole(layout)?.finish());
    if stamp::holds(&layout.stack_stamp(), &whole) {
        return Ok(false);
    }
    output.progress("deploying template.yaml with the SAM CLI …");
    for stamp in [layout.stack_stamp(), layout.templates_stamp()] {
        absent(fs::remove_file(stamp)).context("remove an old stamp")?;
    }
    lay_out(layout)?;
    make_bucket(sdk).await?;
    sam_deploy(layout, programs, sdk)?;
    stamp::keep(&layout.templates_stamp(), &templates)?;
    stamp::keep(&layout.stack_stamp(), &whole)?;
    Ok(true)
}

/// A stamp over the templates and their parameters.
fn templates(layout: &Layout) -> anyhow::Result<Stamp> {
    let root = layout.root()?;
    let mut stamp = Stamp::default();
    for file in ["template.yaml", "samconfig.toml"] {
        stamp.add_file(file, &root.join(file))?;
    }
    for nested in nested_templates(root)? {
        stamp.add_file(&nested, &root.join(&nested))?;
    }
    Ok(stamp)
}

/// A stamp over all that is deployed.
fn whole(layout: &Layout) -> anyhow::Result<Stamp> {
    let mut stamp = templates(layout)?;
    for function in FUNCTIONS {
        let binary = layout.binary(function)?;
        if !binary.is_file() {
            return Err(Problem::failed(format!("{} is not built", binary.display()))
                .advice("run:  make build")
                .into());
        }
        stamp.add_file(function, &binary)?;
    }
    Ok(stamp)
}

/// `infra/*.yaml`, sorted.
fn nested_templates(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join("infra")).context("read the folder infra")? {
        let name = entry.context("read the folder infra")?.file_name();
        let name =
            name.to_str().filter(|name| Path::new(name).extension().is_some_and(|kind| kind == "yaml"));
        names.extend(name.map(|name| format!("infra/{name}")));
    }
    names.sort_unstable();
    Ok(names)
}

fn lay_out(layout: &Layout) -> anyhow::Result<()> {
    let (root, stack) = (layout.root()?, layout.stack());
    absent(fs::remove_dir_all(&stack)).with_context(|| format!("remove {}", stack.display()))?;
    fs::create_dir_all(stack.join("infra")).with_context(|| format!("make {}", stack.display()))?;
    let mut files = nested_templates(root)?;
    files.push("template.yaml".to_owned());
    for file in files {
        fs::copy(root.join(&file), stack.join(&file)).with_context(|| format!("copy {file}"))?;
    }
    for function in FUNCTIONS {
        let folder = stack.join("functions").join(function);
        fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        // Permissions are copied with it.
        fs::copy(layout.binary(function)?, folder.join("bootstrap"))
            .with_context(|| format!("copy {function}"))?;
    }
    Ok(())
}

async fn make_bucket(sdk: &Sdk) -> anyhow::Result<()> {
    let here = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(REGION))
        .build();
    let call = aws_sdk_s3::Client::new(sdk.config()).create_bucket().bucket(ARTIFACTS);
    match call.create_bucket_configuration(here).send().await {
        Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
        made => made.or_cannot("make the bucket for artifacts").map(drop),
    }
}

fn sam_deploy(layout: &Layout, programs: &Path, sdk: &Sdk) -> anyhow::Result<()> {
    let endpoint = sdk.config().endpoint_url().context("the local stack has no endpoint URL")?;
    let mut sam = Command::new(programs.join("sam"));
    sam.args(["deploy", "--config-env", "local", "--config-file"])
        .arg(layout.root()?.join("samconfig.toml"))
        .arg("--template-file")
        .arg(layout.stack().join("template.yaml"))
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("HOME", layout.emulator().join("home"))
        .env("TMPDIR", layout.emulator().join("tmp"))
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", ACCESS_KEY)
        .env("SAM_CLI_TELEMETRY", "0")
        .current_dir(layout.stack());
    process::run(&mut sam, "sam deploy", &layout.log("deploy"))
}
