//! What the tool says of the running stack as a whole.

use crate::stack::{Stack, shared};

#[test]
fn the_doctor_looks_at_every_part_and_finds_no_fault_in_those_that_no_test_breaks() {
    shared(async |_| {
        let (_, printed, errors) = Stack::tollgate(&["doctor", "--json"], "");
        let report: serde_json::Value = serde_json::from_str(&printed).expect(&errors);
        let checks = report["checks"].as_array().unwrap();
        for whole in ["stack", "gateway", "keys", "mappings", "ledger", "archive", "bus"] {
            let check = checks.iter().find(|check| check["check"] == whole).expect(whole);
            let findings = check["findings"].as_array().unwrap();
            assert!(findings.iter().all(|finding| finding["severity"] == "note"), "{check}");
        }
    });
}

#[test]
fn metrics_are_prometheus_text_with_the_depth_of_every_queue() {
    shared(async |_| {
        let (code, printed, errors) = Stack::tollgate(&["metrics"], "");
        assert_eq!(code, 0, "{errors}");
        for line in printed.lines() {
            let value = line.rsplit(' ').next().unwrap();
            assert!(line.starts_with("# ") || value.parse::<f64>().is_ok(), "{line}");
        }
        for queue in
            ["process", "archive", "process-dead-letters", "archive-dead-letters", "publisher-dead-letters"]
        {
            let depths = printed.lines().filter(|line| line.contains(&format!("queue=\"{queue}\"")));
            assert_eq!(depths.count(), 3, "{printed}");
        }
    });
}
