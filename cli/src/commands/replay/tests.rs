use super::*;

fn order(how: How, oldest_ms: i64) -> Order {
    Order { oldest_ms, ..Order::of_test(how) }
}

/// What comes of going on with something that was begun so, by a command that would do `now`.
fn resumed(begun: Order, now: Order, name: &str) -> Result<Order, String> {
    let file = std::env::temp_dir().join(format!("tollgate-test-{}-resumed-{name}.json", std::process::id()));
    fs::write(&file, serde_json::to_vec(&State::new(begun)).unwrap()).unwrap();
    let run = Execution {
        dry_run: false,
        yes: false,
        rate: 1,
        skip_unproven: false,
        restore: false,
        reason: None,
        resume: Some(file.clone()),
    };
    let state = run.state("this", now).map(|(_, state)| state.order).map_err(|error| error.to_string());
    fs::remove_file(file).unwrap();
    state
}

#[test]
fn what_was_begun_goes_on_as_it_was_begun() {
    let begun = Order { provider: Some("stripe".to_owned()), ..order(How::Silent, 5) };
    assert_eq!(resumed(begun.clone(), order(How::Announce, 3), "silent"), Ok(begun));
    assert_eq!(
        resumed(order(How::Rebuild, 0), order(How::Rebuild, 0), "rebuild"),
        Ok(order(How::Rebuild, 0))
    );
}

#[test]
fn what_the_ledger_has_forgotten_since_is_not_sent() {
    let order = |oldest| order(How::Announce, oldest);
    assert_eq!(resumed(order(5), order(9), "forgotten"), Ok(order(9)));
}

#[test]
fn a_rebuild_does_not_go_on_as_a_replay_nor_on_another_stack() {
    let refused = "that was begun as another command than this".to_owned();
    let of = |how| order(how, 0);
    for how in [How::Announce, How::Silent, How::Reinterpret] {
        assert_eq!(resumed(of(how), of(How::Rebuild), "as-rebuild"), Err(refused.clone()));
        assert_eq!(resumed(of(How::Rebuild), of(How::Announce), "as-replay"), Err(refused.clone()));
    }
    let elsewhere = Order { stack: "prod".to_owned(), ..of(How::Silent) };
    assert_eq!(
        resumed(elsewhere, of(How::Announce), "elsewhere"),
        Err("that was begun on the stack prod".to_owned())
    );
}
