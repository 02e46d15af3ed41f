//! Whatever a body is, it is read without a panic, and every event that it gives fits into a row.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use verification::Coverage;

use super::samples;
use crate::Event;
use crate::interpret::PROVIDERS;
use crate::interpret::rules::{Line, Provider};
use crate::testing::{holds, identity, try_read};

/// The body with one value replaced by another JSON value.
fn mutilated() -> impl Strategy<Value = (String, String, String)> {
    let odd = prop_oneof![
        Just("null".to_owned()),
        Just("-1".to_owned()),
        Just("1e999".to_owned()),
        Just("99999999999999999999999".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"\\u0000#~%\"".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("true".to_owned()),
    ];
    let bodies: Vec<_> = samples::all()
        .into_iter()
        .flat_map(|samples| {
            let provider = samples.provider.clone();
            samples.events.into_iter().map(move |s| (provider.clone(), s.event_type, s.body.get().to_owned()))
        })
        .collect();
    (select(bodies), any::<Index>(), odd).prop_map(|((provider, event_type, body), at, odd)| {
        let values: Vec<_> = body.match_indices(": ").map(|(at, _)| at + 2).collect();
        let from = if values.is_empty() { 0 } else { values[at.index(values.len())] };
        let (before, value) = body.split_at(from);
        let after = value.split_at(value.find([',', '}', ']', '\n']).unwrap_or(value.len())).1;
        let cut = format!("{before}{odd}{after}");
        (provider, event_type, cut)
    })
}

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("JSON has no such number", |f| f.is_finite()).prop_map(|f| f.to_string()),
        ".{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    let name = select(vec![
        "data",
        "object",
        "id",
        "amount",
        "currency",
        "status",
        "payment",
        "refund",
        "resource",
        "payload",
        "entity",
        "events",
        "notificationItems",
        "NotificationRequestItem",
        "links",
        "event",
        "type",
        "value",
    ]);
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((name.clone(), inner), 0..6).prop_map(|members| {
                let members: Vec<_> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

fn event_types() -> Vec<(&'static str, &'static str)> {
    let types = |provider: &&'static Provider| {
        let lines = provider.lines;
        provider.names.iter().flat_map(move |name| {
            lines.iter().flat_map(Line::names).map(move |event_type| (*name, event_type))
        })
    };
    PROVIDERS.iter().flat_map(types).collect()
}

#[test]
fn no_json_makes_interpretation_panic() {
    holds(&(any_json(), select(event_types())), |(body, (provider, event_type))| {
        let events = try_read(provider, &identity("e", event_type, "soon"), &body, Coverage::Body);
        for event in events.unwrap_or_default() {
            prop_assert!(event.amount.money().is_none_or(|money| money.minor() >= 0));
            prop_assert_eq!(Event::from_item(&event.to_item()), Ok(event));
        }
        Ok(())
    });
}

#[test]
fn no_bytes_make_interpretation_panic() {
    holds(&(".{0,60}", select(event_types())), |(body, (provider, event_type))| {
        let _ = try_read(provider, &identity("e", event_type, "soon"), &body, Coverage::Body);
        Ok(())
    });
}

#[test]
fn a_mutilated_sample_is_still_an_event() {
    holds(&mutilated(), |(provider, event_type, cut)| {
        let events = try_read(&provider, &identity("e", &event_type, "1700000000"), &cut, Coverage::Body);
        for event in events.unwrap_or_default() {
            prop_assert_eq!(Event::from_item(&event.to_item()), Ok(event));
        }
        Ok(())
    });
}
