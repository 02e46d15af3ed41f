use clap::CommandFactory as _;
use clap::Parser as _;

pub(crate) use super::event::tests::row;
use super::*;

fn parses(line: &str) -> bool {
    Cli::try_parse_from(line.split(' ')).is_ok()
}

#[test]
fn the_command_tree_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_a_sentence_and_examples() {
    fn check(command: &clap::Command, path: &str) {
        let path = format!("{path} {}", command.get_name());
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        assert!(!about.is_empty(), "{path} has no sentence");
        if !command.has_subcommands() {
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(examples.contains("tollgate "), "{path} has no example");
        }
        command.get_subcommands().for_each(|command| check(command, &path));
    }
    check(&Cli::command(), "");
}

#[test]
fn arguments_are_taken_or_refused() {
    let cases = [
        ("tollgate up --port 4576 --dir .local/test --no-samples", true),
        ("tollgate down --dir .local/test", true),
        ("tollgate status --json --stack tollgate-dev", true),
        ("tollgate status --stack a --dir b", false),
        ("tollgate endpoint add shop --provider stripe --generate", true),
        ("tollgate endpoint add shop --provider stripe --secret-stdin --mode live", true),
        ("tollgate endpoint add shop --provider stripe --generate --secret-stdin", false),
        ("tollgate endpoint add shop --provider stripe --secret-stdin --show-secret", false),
        ("tollgate endpoint add shop --provider stripe --generate --mode sandbox", false),
        ("tollgate endpoint add shop --provider stripe --secret whsec_1", false),
        ("tollgate endpoint add shop --provider stripe --secret-file key.txt", true),
        ("tollgate endpoint add shop --provider stripe --secret-file key.txt --generate", false),
        ("tollgate endpoint list --json", true),
        ("tollgate endpoint show", false),
        ("tollgate endpoint show shop", true),
        ("tollgate endpoint roll shop", false),
        ("tollgate endpoint roll shop --generate --overlap 24h --kid k2 --yes", true),
        ("tollgate endpoint roll shop --secret-stdin --dry-run", true),
        ("tollgate endpoint roll shop --secret whsec_1", false),
        ("tollgate endpoint roll shop --retire --now", true),
        ("tollgate endpoint roll shop --generate --now", false),
        ("tollgate endpoint roll shop --generate --retire", false),
        ("tollgate endpoint roll shop --retire --overlap 24h", false),
        ("tollgate endpoint roll shop --secret-stdin --show-secret", false),
        ("tollgate endpoint remove shop --recovery-days 7 --yes --reason closed", true),
        ("tollgate endpoint remove shop --recovery-days 6", false),
        ("tollgate endpoint remove shop --recovery-days 7 --without-recovery", false),
        ("tollgate endpoint restore shop", true),
        ("tollgate trust refresh --mode live --yes", true),
        ("tollgate trust refresh", false),
        ("tollgate trust refresh --mode live --from cert.pem", false),
        ("tollgate trust show --mode test --document", true),
        ("tollgate verify --endpoint shop.json --request log.har --entry 2 --at 2026-11-23T08:00:00Z", true),
        ("tollgate verify --endpoint shop.json --request log.har --at yesterday", false),
        ("tollgate verify --endpoint shop.json", false),
        ("tollgate send stripe-demo --tamper --repeat 50 --concurrency 50", true),
        ("tollgate send stripe-demo --repeat 0", false),
        ("tollgate send stripe-demo --body - --event charge.refunded", false),
        ("tollgate event show evt_1 --endpoint shop --mode test", true),
        ("tollgate payment show pi_1 --provider stripe --account acct_1", true),
        ("tollgate payment", false),
        ("tollgate doctor --stack tollgate --drift --strict --json", true),
        ("tollgate metrics --minutes 60", true),
        ("tollgate metrics --minutes 0", false),
        ("tollgate metrics --minutes 61", false),
        ("tollgate archive verify --since 2026-11-01 --until 7d --against-ledger", true),
        ("tollgate archive verify --since yesterday", false),
        ("tollgate archive verify", false),
        (
            "tollgate replay --since 6h --provider stripe --type charge.refunded --silent --yes --rate 50",
            true,
        ),
        ("tollgate replay --since 2026-11-20 --event evt_1 --endpoint shop --reinterpret --dry-run", true),
        ("tollgate replay --since 6h --reinterpret --silent", false),
        ("tollgate replay --since 6h --rate 0", false),
        ("tollgate replay --resume file.json --yes", true),
        ("tollgate replay --resume file.json --since 6h", false),
        ("tollgate replay --resume file.json --provider stripe", false),
        ("tollgate replay --resume file.json --endpoint shop", false),
        ("tollgate replay --resume file.json --event evt_1", false),
        ("tollgate replay --resume file.json --type charge.refunded", false),
        ("tollgate replay --resume file.json --reinterpret", false),
        ("tollgate replay --resume file.json --silent", false),
        ("tollgate ledger rebuild --resume file.json --since 6h", false),
        ("tollgate replay", false),
        ("tollgate ledger rebuild", true),
        ("tollgate ledger rebuild --since 2026-11-20 --rate 1000 --yes", true),
        ("tollgate dlq list --queue archive --reason unsealed --each", true),
        ("tollgate dlq list --queue other", false),
        ("tollgate dlq show d-1 --queue process", true),
        ("tollgate dlq redrive --class exhausted --older-than 6h --max 10 --rate 20 --yes", true),
        ("tollgate dlq redrive --id a --id b --dry-run", true),
        ("tollgate dlq redrive --dry-run --yes", false),
        ("tollgate dlq redrive --rate 0", false),
        ("tollgate dlq redrive --max 0", false),
        ("tollgate dlq redrive --older-than yesterday", false),
        ("tollgate dlq drop --reason unsealed --reason-text planted", true),
        ("tollgate dlq drop --reason unsealed", false),
    ];
    for (line, expected) in cases {
        assert_eq!(parses(line), expected, "{line}");
    }
}
