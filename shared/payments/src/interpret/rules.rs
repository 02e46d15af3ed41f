//! How a provider's list of event types is written down: a table of lines, each with the kind that it means and the
//! places of the facts. One engine reads them all.

use crate::json::Json;
use crate::{Amount, Id, Kind};

/// Places in a body, the best first. `/a/b` goes by names, `/a[0]` by position, `/a[rel=up]` to the first element whose
/// member has that value; a path that ends in `/$last` takes what follows the last `/` of a URL.
pub(super) type Paths = &'static [&'static str];

/// What a provider's messages mean.
pub(super) struct Provider {
    /// The names of endpoints' providers that it is for.
    pub(super) names: &'static [&'static str],
    /// What a body is written in.
    pub(super) format: Format,
    /// Whether a message without an id of its own is known by its content.
    pub(super) content_is_id: bool,
    /// A state that belongs to the id, for a provider whose ids are of objects: failure and success are two events.
    /// `true` goes without saying.
    pub(super) state_in_id: Option<&'static str>,
    /// Whether the lines ask the body what it is, so that a type which is not signed cannot mislead them.
    pub(super) body_tells_type: bool,
    /// The events within a body, for a provider that sends several in one.
    pub(super) batch: Option<Batch>,
    /// Currencies whose minor unit is not ISO 4217's, with the provider's exponent.
    pub(super) minor_units: &'static [(&'static str, u8)],
    /// Whether a signature over named fields covers the kind, the objects and the amount.
    pub(super) fields_prove_facts: bool,
    /// The list of event types; the first line that fits counts.
    pub(super) lines: &'static [Line],
}

/// A provider that sends one JSON event a body, with ISO 4217's minor units.
pub(super) const JSON: Provider = Provider {
    names: &[],
    format: Format::Json,
    content_is_id: false,
    state_in_id: None,
    body_tells_type: false,
    batch: None,
    minor_units: &[],
    fields_prove_facts: false,
    lines: &[],
};

/// What a body is written in.
pub(super) enum Format {
    /// JSON.
    Json,
    /// Braintree's form, with XML in it.
    FormOfXml,
}

/// Where the events of a batch are.
pub(super) struct Batch {
    /// The list.
    pub(super) list: &'static str,
    /// The event within an element.
    pub(super) event: &'static str,
    /// Its id: the texts there, joined with `:`.
    pub(super) id: &'static [&'static str],
    /// Its type: the texts there, joined with `.`.
    pub(super) event_type: &'static [&'static str],
    /// Its time.
    pub(super) occurred_at: &'static str,
}

/// One line of a provider's list.
pub(super) struct Line {
    events: &'static [&'static str],
    when: [Option<Condition>; 3],
    hinted: bool,
    kind: Kind,
    of: &'static Shape,
    amount: How,
}

/// The text there is one of these; anything at all, if there are none.
type Condition = (&'static str, &'static [&'static str]);

/// Whatever is there.
pub(super) const ANYTHING: &[&str] = &[];

/// Where the ids are.
pub(super) struct Shape {
    /// The object that the event is about.
    pub(super) object: Paths,
    /// What it belongs to.
    pub(super) parent: Paths,
    /// The payment to file it under; the object itself if there is none.
    pub(super) payment: Paths,
}

/// An object that stands for itself.
pub(super) const fn whole(object: Paths) -> Shape {
    Shape { object, parent: &[], payment: object }
}

/// An object that belongs to a payment and is filed under it.
pub(super) const fn part(object: Paths, payment: Paths) -> Shape {
    Shape { object, parent: payment, payment }
}

/// Where the amount is, and how it is written.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// It is not stated.
    Unstated,
    /// An integer of minor units.
    Minor(Paths, Paths),
    /// A decimal of the major unit.
    Decimal(Paths, Paths),
    /// One of these, where the sign only says in which direction the money went.
    Signed(&'static How),
}

/// An integer of minor units and its currency.
pub(super) const fn minor(value: Paths, currency: Paths) -> How {
    How::Minor(value, currency)
}

/// A decimal of the major unit and its currency.
pub(super) const fn decimal(value: Paths, currency: Paths) -> How {
    How::Decimal(value, currency)
}

/// An amount that is below zero for money that leaves.
pub(super) const fn signed(how: &'static How) -> How {
    How::Signed(how)
}

/// Begins a line: these event types …
pub(super) const fn on(events: &'static [&'static str]) -> On {
    On { events, when: [None; 3] }
}

/// The left side of a line.
pub(super) struct On {
    events: &'static [&'static str],
    when: [Option<Condition>; 3],
}

impl On {
    /// … if the text there is one of these …
    pub(super) const fn when(self, path: &'static str, values: &'static [&'static str]) -> On {
        let [first, second, _] = self.when;
        On { events: self.events, when: [Some((path, values)), first, second] }
    }

    /// … mean this.
    pub(super) const fn is(self, kind: Kind, of: &'static Shape, amount: How) -> Line {
        Line { events: self.events, when: self.when, hinted: false, kind, of, amount }
    }
}

impl Line {
    /// The line depends on a field that a signature over named fields does not cover.
    pub(super) const fn hinted(self) -> Line {
        Line { hinted: true, ..self }
    }
}

/// What one event says.
pub(super) struct Facts {
    pub(super) kind: Kind,
    pub(super) object: Option<Id>,
    pub(super) parent: Option<Id>,
    pub(super) payment: Option<Id>,
    pub(super) amount: Amount,
    /// Whether it depends on a field that a signature over named fields does not cover.
    pub(super) hinted: bool,
}

impl Facts {
    /// Nothing is known of it.
    pub(super) const NONE: Facts = Facts {
        kind: Kind::Other,
        object: None,
        parent: None,
        payment: None,
        amount: Amount::Unstated,
        hinted: false,
    };
}

impl Provider {
    /// Reads an event of this type.
    pub(super) fn facts(&self, event_type: &str, event: Json<'_>) -> Facts {
        let holds = |(path, values): &Condition| {
            let found = event.at(path);
            if values.is_empty() {
                return !found.is_absent();
            }
            found.word().is_some_and(|word| values.contains(&word.as_ref()))
        };
        let fits = |line: &&Line| line.events.contains(&event_type) && line.when.iter().flatten().all(holds);
        self.lines.iter().find(fits).map_or(Facts::NONE, |line| line.read(event, self.minor_units))
    }
}

impl Line {
    /// What it means.
    #[cfg(test)]
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it says how much.
    #[cfg(test)]
    pub(super) fn states_its_amount(&self) -> bool {
        !matches!(self.amount, How::Unstated)
    }

    /// The event types of this line.
    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.events.iter().copied()
    }

    fn read(&self, event: Json<'_>, minor_units: &[(&str, u8)]) -> Facts {
        let object = id(event, self.of.object);
        let payment = id(event, self.of.payment).or_else(|| object.clone());
        let parent = id(event, self.of.parent).filter(|parent| Some(parent) != object.as_ref());
        let amount = self.amount.read(event, minor_units);
        Facts { kind: self.kind, object, parent, payment, amount, hinted: self.hinted }
    }
}

impl How {
    fn read(&self, event: Json<'_>, minor_units: &[(&str, u8)]) -> Amount {
        let (how, signed) = match self {
            How::Signed(how) => (*how, true),
            how => (how, false),
        };
        let (How::Minor(value, currency) | How::Decimal(value, currency)) = how else {
            return Amount::Unstated;
        };
        let currency = first(event, currency).text();
        Amount::read(first(event, value), |number| {
            let number = number.strip_prefix('-').filter(|_| signed).unwrap_or(number);
            match how {
                How::Minor(..) => Amount::minor(number, currency.as_deref(), minor_units),
                _ => Amount::decimal(number, currency.as_deref()),
            }
        })
    }
}

fn first(event: Json<'_>, paths: Paths) -> Json<'_> {
    paths.iter().map(|path| event.at(path)).find(|found| !found.is_absent()).unwrap_or(Json::ABSENT)
}

fn id(event: Json<'_>, paths: Paths) -> Option<Id> {
    paths.iter().find_map(|path| match path.strip_suffix("/$last") {
        Some(url) => Id::new(event.at(url).name()?.trim_end_matches('/').rsplit('/').next()?),
        None => Id::new(&event.at(path).name()?),
    })
}
