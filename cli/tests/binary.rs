//! The binary as a shell sees it: help, exit codes, what goes to which stream.

#![expect(clippy::expect_used, reason = "a test that cannot start the binary has failed")]

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(arguments)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env_clear()
        .output()
        .expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_of_every_command_has_examples_and_is_no_error() {
    let commands: [&[&str]; 26] = [
        &["up"],
        &["down"],
        &["status"],
        &["endpoint", "add"],
        &["endpoint", "list"],
        &["endpoint", "show"],
        &["endpoint", "roll"],
        &["endpoint", "remove"],
        &["endpoint", "restore"],
        &["send"],
        &["verify"],
        &["event", "list"],
        &["trust", "refresh"],
        &["trust", "show"],
        &["event", "show"],
        &["events", "publish"],
        &["payment", "show"],
        &["doctor"],
        &["metrics"],
        &["archive", "verify"],
        &["replay"],
        &["ledger", "rebuild"],
        &["dlq", "list"],
        &["dlq", "show"],
        &["dlq", "redrive"],
        &["dlq", "drop"],
    ];
    for command in commands {
        let output = run(&[command, &["--help"]].concat());
        assert!(output.status.success(), "{command:?}");
        let help = text(&output.stdout);
        assert!(help.contains("Examples:\n"), "{help}");
        assert!(help.contains("--json"), "{help}");
    }
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(text(&run(&["--version"]).stdout).trim(), concat!("tollgate ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_is_asked_for_wrongly_ends_with_2_and_prints_nothing_on_standard_output() {
    let cases: [&[&str]; 10] = [
        &[],
        &["pay"],
        &["send"],
        &["endpoint", "add", "shop", "--provider", "stripe"],
        &["endpoint", "add", "shop", "--provider", "stripe", "--secret-stdin"],
        &["send", "https://127.0.0.1:1/hook", "--provider", "stripe"],
        &["status", "--stack", "no stack's name"],
        &["dlq", "drop", "--reason-text", "a filter or --all is wanted"],
        &["dlq", "drop", "--reason-text", "one of both", "--all", "--queue", "process"],
        &["dlq", "drop", "--all", "--reason-text", ""],
    ];
    for arguments in cases {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn without_a_stack_it_ends_with_3_and_says_what_to_do() {
    let output = run(&["status", "--dir", "nothing-here"]);
    assert_eq!(output.status.code(), Some(3));
    let errors = text(&output.stderr);
    assert!(errors.starts_with("error: no stack to work on\n") && errors.contains("tollgate up"), "{errors}");
}

#[test]
fn a_deployed_stack_without_credentials_says_which_variable_is_missing() {
    let output = run(&["status", "--stack", "tollgate"]);
    assert_eq!(output.status.code(), Some(1));
    let all = text(&output.stdout) + &text(&output.stderr);
    assert!(all.contains("AWS_REGION is not set"), "{all}");
}

#[test]
fn stopping_what_does_not_run_is_no_error() {
    let output = run(&["down", "--dir", "nothing-here", "--json"]);
    assert_eq!(
        (output.status.code(), text(&output.stdout)),
        (Some(0), "{\n  \"stopped\": false\n}\n".to_owned())
    );
}

#[test]
fn a_server_that_is_not_there_is_a_failure_that_names_the_url_and_no_secret() {
    let mut send = Command::new("sh");
    let script = "echo whsec_0123456789abcdef0123456789abcdef | \"$0\" send http://127.0.0.1:1/hook --provider stripe --secret-stdin";
    let output = send.args(["-c", script, env!("CARGO_BIN_EXE_tollgate")]).output().expect("a shell runs");
    assert_eq!(output.status.code(), Some(1));
    let errors = text(&output.stderr);
    assert!(errors.contains("http://127.0.0.1:1/hook") && !errors.contains("0123456789abcdef"), "{errors}");
}

#[test]
fn a_reader_that_went_away_is_no_success_and_needs_no_words() {
    let (reader, writer) = std::io::pipe().expect("a pipe opens");
    drop(reader);
    let mut down = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    let down = down.args(["down", "--dir", "nothing-here", "--json"]).stdout(writer);
    let output = down.output().expect("the binary runs");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(141), String::new()));
}
