use super::*;
use crate::testing::{event, money, payment};

#[track_caller]
fn check(events: &[Event], expected: &str) {
    assert_eq!(fold(events).to_string(), expected);
}

#[test]
fn a_payment_without_events_is_unknown() {
    check(&[], "unknown");
    assert_eq!(fold(&[]).key, None);
}

#[test]
fn what_is_more_final_holds() {
    let created = event("1", Kind::PaymentCreated, "p", 1000).at_second(9);
    let authorised = event("2", Kind::PaymentAuthorised, "p", 1000).at_second(8);
    let captured = event("3", Kind::PaymentCaptured, "p", 1000).at_second(7);
    let cancelled = event("4", Kind::PaymentCancelled, "p", 1000).at_second(9);
    check(std::slice::from_ref(&created), "created");
    check(&[created.clone(), authorised.clone()], "authorised: authorised USD 10.00");
    check(&[authorised.clone(), cancelled], "cancelled: authorised USD 10.00");
    check(&[created, authorised, captured], "captured: authorised USD 10.00, captured USD 10.00");
}

#[test]
fn a_failed_attempt_is_followed_by_another() {
    let failed = event("1", Kind::PaymentFailed, "p", 1000).at_second(1);
    let processing = event("2", Kind::PaymentProcessing, "p", 1000).at_second(2);
    let failed_again = event("3", Kind::PaymentFailed, "p", 1000).at_second(2);
    check(&[failed.clone(), processing.clone()], "processing");
    check(&[failed, processing, failed_again], "failed");
}

#[test]
fn an_intent_and_its_charge_tell_of_the_same_money() {
    let intent = event("1", Kind::PaymentCaptured, "p", 1000);
    let charge = event("2", Kind::PaymentCaptured, "ch", 1000).of("p");
    check(&[intent, charge], "captured: captured USD 10.00");
}

#[test]
fn captures_of_one_order_add_up() {
    let order = event("0", Kind::PaymentCreated, "p", 1000);
    let authorisation = event("1", Kind::PaymentAuthorised, "a", 1000).of("p");
    let one = event("2", Kind::PaymentCaptured, "c1", 300).of("a");
    let two = event("3", Kind::PaymentCaptured, "c2", 400).of("a");
    check(&[two, one, order, authorisation], "captured: authorised USD 10.00, captured USD 7.00");
}

#[test]
fn refunds_and_their_total_tell_of_the_same_money() {
    let captured = event("1", Kind::PaymentCaptured, "p", 1000);
    let total = event("2", Kind::PaymentRefunded, "p", 700);
    let one = event("3", Kind::RefundSucceeded, "r1", 300).of("p");
    let two = event("4", Kind::RefundSucceeded, "r2", 400).of("p");
    let three = event("5", Kind::RefundSucceeded, "r3", 300).of("p");
    let expected = "partially_refunded: captured USD 10.00, refunded USD 7.00";
    check(&[captured.clone(), total.clone()], expected);
    check(&[captured.clone(), one.clone(), two.clone()], expected);
    check(&[captured.clone(), total.clone(), one.clone(), two.clone()], expected);
    check(&[captured, total, one, two, three], "refunded: captured USD 10.00, refunded USD 10.00");
}

#[test]
fn a_total_of_refunds_only_grows() {
    let captured = event("1", Kind::PaymentCaptured, "p", 1000);
    let early = event("3", Kind::PaymentRefunded, "p", 300).at_second(5);
    let late = event("2", Kind::PaymentRefunded, "p", 700).at_second(5);
    let out_of_time = event("4", Kind::PaymentRefunded, "p", 200).at_second(9);
    let expected = "partially_refunded: captured USD 10.00, refunded USD 7.00";
    check(&[captured.clone(), late.clone(), early.clone()], expected);
    check(&[captured, late, out_of_time, early], expected);
}

#[test]
fn a_refund_that_failed_after_it_succeeded_does_not_count() {
    let captured = event("1", Kind::PaymentCaptured, "p", 1000);
    let succeeded = event("2", Kind::RefundSucceeded, "r", 1000).of("p").at_second(9);
    let failed = event("3", Kind::RefundFailed, "r", 1000).of("p").at_second(1);
    check(&[captured.clone(), succeeded.clone()], "refunded: captured USD 10.00, refunded USD 10.00");
    check(&[captured, succeeded, failed], "captured: captured USD 10.00");
}

#[test]
fn a_dispute_moves_the_payment_until_it_is_won() {
    let captured = event("1", Kind::PaymentCaptured, "p", 1000);
    let opened = event("2", Kind::DisputeOpened, "d", 1000).of("p");
    let lost = event("3", Kind::DisputeLost, "d", 1000).of("p");
    let won = event("4", Kind::DisputeWon, "d", 1000).of("p").at_second(5);
    check(&[captured.clone(), opened.clone()], "disputed: captured USD 10.00, disputed USD 10.00");
    check(
        &[captured.clone(), lost.clone(), opened.clone()],
        "charged_back: captured USD 10.00, disputed USD 10.00",
    );
    check(&[captured, won, lost, opened], "captured: captured USD 10.00");
}

#[test]
fn a_capture_that_falls_back_reverses_the_payment() {
    let authorised = event("1", Kind::PaymentAuthorised, "p", 1000);
    let captured = event("2", Kind::PaymentCaptured, "c", 1000).of("p");
    let fell_back = event("3", Kind::PaymentReversed, "c", 1000).of("p");
    let expected = "reversed: authorised USD 10.00, captured USD 10.00, reversed USD 10.00";
    check(&[fell_back, captured, authorised], expected);
}

#[test]
fn a_refund_of_more_than_was_captured_is_flagged_and_kept() {
    let captured = event("1", Kind::PaymentCaptured, "p", 1000);
    let refund = event("2", Kind::RefundSucceeded, "r", 1001).of("p");
    let expected = "refunded: captured USD 10.00, refunded USD 10.01 [refunded_more_than_captured]";
    check(&[captured, refund], expected);
}

#[test]
fn with_a_provider_that_captures_without_a_word_refunds_are_measured_by_what_was_authorised() {
    let authorised = event("1", Kind::PaymentAuthorised, "p", 1000);
    let refund = event("2", Kind::RefundSucceeded, "r", 400).of("p");
    let more = event("3", Kind::RefundSucceeded, "r2", 700).of("p");
    check(
        &[authorised.clone(), refund.clone()],
        "partially_refunded: authorised USD 10.00, refunded USD 4.00",
    );
    let expected = "refunded: authorised USD 10.00, refunded USD 11.00 [refunded_more_than_captured]";
    check(&[authorised, refund, more], expected);
}

#[test]
fn two_currencies_are_flagged_and_never_added() {
    let captured = event("1", Kind::PaymentCaptured, "p", 1000);
    let refund = event("2", Kind::RefundSucceeded, "r", 0).of("p").amounting(money(900, "EUR"));
    let shown = "partially_refunded: captured USD 10.00, refunded EUR 9.00 \
                 [refunded_more_than_captured, two_currencies]";
    check(&[captured, refund], shown);
}

#[test]
fn a_refund_of_a_payment_that_nobody_has_seen_is_flagged() {
    let refund = event("1", Kind::RefundSucceeded, "r", 400).of("p");
    check(std::slice::from_ref(&refund), "refunded: refunded USD 4.00 [unknown_parent]");
    check(&[refund, event("2", Kind::PaymentCreated, "p", 400)], "refunded: refunded USD 4.00");
}

#[test]
fn a_conflict_is_flagged_and_says_nothing_of_the_money() {
    let captured = event("1", Kind::PaymentCaptured, "p", 1000);
    let other = Event { conflict: true, ..event("1", Kind::PaymentCaptured, "p", 9999) };
    check(&[captured, other], "captured: captured USD 10.00 [conflict]");
}

#[test]
fn an_amount_that_is_not_stated_makes_its_sum_incomplete() {
    let captured = event("1", Kind::PaymentCaptured, "p", 0).amounting(Amount::Unstated);
    let refund = event("2", Kind::RefundSucceeded, "r", 0).of("p").amounting(Amount::Unstated);
    let stated = event("3", Kind::RefundSucceeded, "r2", 100).of("p");
    check(std::slice::from_ref(&captured), "captured: captured ?");
    check(&[captured.clone(), refund.clone()], "refunded: captured ?, refunded ?");
    check(&[captured, refund, stated], "partially_refunded: captured ?, refunded USD 1.00 + ?");
}

#[test]
fn an_amount_that_no_one_can_read_is_flagged() {
    let captured = event("1", Kind::PaymentCaptured, "p", 0).amounting(Amount::Unreadable);
    check(&[captured], "captured: captured ? [unreadable_amount]");
}

#[test]
fn a_refund_takes_its_amount_from_where_it_is_stated() {
    let created = event("1", Kind::RefundCreated, "r", 400).of("p");
    let succeeded = event("2", Kind::RefundSucceeded, "r", 0).of("p").amounting(Amount::Unstated);
    let captured = event("3", Kind::PaymentCaptured, "p", 1000);
    check(&[created, succeeded, captured], "partially_refunded: captured USD 10.00, refunded USD 4.00");
}

#[test]
fn a_sum_that_cannot_be_held_is_flagged_and_does_not_wrap() {
    let one = event("1", Kind::PaymentCaptured, "c1", i64::MAX).of("p");
    let two = event("2", Kind::PaymentCaptured, "c2", 1).of("p");
    check(&[one, two], "captured: captured USD 92233720368547758.07 [overflow]");
}

#[test]
fn parts_that_lead_round_in_a_circle_are_counted_once() {
    let one = event("1", Kind::PaymentCaptured, "c1", 100).of("c2");
    let two = event("2", Kind::PaymentCaptured, "c2", 200).of("c1");
    check(&[one, two], "captured: captured USD 3.00");
    let own = event("1", Kind::PaymentCaptured, "p", 100).of("p");
    check(&[own], "captured: captured USD 1.00");
}

#[test]
fn a_refund_that_is_filed_under_the_capture_meets_the_order() {
    let order = event("1", Kind::PaymentCreated, "p", 1000);
    let capture = event("2", Kind::PaymentCaptured, "c", 1000).of("p");
    let refund = event("3", Kind::RefundSucceeded, "r", 1000).of("c").under("c");
    let events = [refund, capture, order];
    check(&events, "refunded: captured USD 10.00, refunded USD 10.00");
    assert_eq!(fold(&events).key, Some(payment("p")));
}

#[test]
fn a_payout_stands_for_itself() {
    let created = event("1", Kind::PayoutCreated, "p", 1000);
    let failed = event("2", Kind::PayoutFailed, "p", 1000);
    check(&[failed, created], "payout_failed");
}

#[test]
fn one_unproven_fact_makes_the_payment_unproven() {
    let proven = event("1", Kind::PaymentCaptured, "p", 1000);
    let unproven = Event { proven: false, ..event("2", Kind::PaymentRefunded, "p", 1000) };
    assert!(fold(std::slice::from_ref(&proven)).proven);
    assert!(!fold(&[proven, unproven]).proven);
}
