#!/bin/sh
# A refused signature costs the same whatever byte of it is wrong: instructions counted by callgrind, which noise
# cannot touch. Prints a line a case; fails if two counts of one scheme differ by more than the loop's own start-up.
# Without valgrind there is nothing to count, and it says so.
set -eu
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    echo "constant time: skipped, valgrind is not here"
    exit 0
fi

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cargo build -q --release -p verification --example compare
binary=${CARGO_TARGET_DIR:-../../target}/release/examples/compare

# Where the stack begins follows from the length of arguments and environment, and some instructions from where the
# stack begins: places have two digits each, and the environment is empty.
count() { # scheme, place
    env -i "$(command -v valgrind)" --tool=callgrind --callgrind-out-file="$out/$1.$2" "$binary" "$1" "$2" 2>"$out/log" ||
        { cat "$out/log" >&2; echo "constant time: $1 $2 was not refused as a wrong signature" >&2; exit 1; }
    sed -n 's/^summary: //p' "$out/$1.$2"
}

# 1,000 deliveries a run: what differs by less than half an instruction a delivery is the start-up.
allowed=500
failed=0
for scheme in stripe standardwebhooks paystack; do
    least= most=
    # A comparison that stops at the first difference looks at 32 bytes at once: only Paystack's 64 show it for certain.
    places="00 01 02 07 15 23 31 40"
    [ "$scheme" != paystack ] || places="$places 63 64 80 99"
    for place in $places; do
        instructions=$(count "$scheme" "$place")
        echo "$scheme: first wrong byte $place: $instructions instructions"
        [ -n "$least" ] && [ "$least" -le "$instructions" ] || least=$instructions
        [ -n "$most" ] && [ "$most" -ge "$instructions" ] || most=$instructions
    done
    echo "$scheme: spread $((most - least))"
    [ $((most - least)) -le $allowed ] || { echo "$scheme: the count depends on the wrong byte's place" >&2; failed=1; }
    for place in short long; do
        echo "$scheme: $place signature: $(count "$scheme" "$place") instructions"
    done
done
exit $failed
