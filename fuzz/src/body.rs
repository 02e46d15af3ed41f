//! Bodies of each format, with what screening looks for here and there.

use arbitrary::Arbitrary;
use base64::{Engine, prelude::BASE64_STANDARD};

/// A body as a provider could write it, or any text.
#[derive(Arbitrary, Debug)]
pub enum Body<'a> {
    /// Any text.
    Any(&'a str),
    /// A tree, written in a format.
    Written(Syntax, Node<'a>),
}

/// How a tree is written.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Syntax {
    /// JSON.
    Json,
    /// XML.
    Xml,
    /// A form.
    Form,
}

/// A value and what it holds.
#[derive(Arbitrary, Debug)]
pub enum Node<'a> {
    /// A text.
    Word(Word<'a>),
    /// A number.
    Number(u8),
    /// Values in a row.
    List(Vec<Node<'a>>),
    /// Values with their names.
    Object(Vec<(Word<'a>, Node<'a>)>),
    /// A text that is of a format itself.
    Text(Syntax, Box<Node<'a>>),
    /// The same in base64.
    Base64(Syntax, Box<Node<'a>>),
}

/// A name or a text: one that screening knows, any other, or both in one.
#[derive(Arbitrary, Debug)]
pub struct Word<'a> {
    known: u8,
    any: &'a str,
    style: u8,
}

impl Body<'_> {
    /// The bytes of the body.
    pub fn text(&self) -> String {
        match self {
            Self::Any(text) => (*text).to_owned(),
            Self::Written(syntax, node) => write(*syntax, node),
        }
    }
}

impl Word<'_> {
    /// The word itself.
    pub fn text(&self) -> String {
        let known = WORDS[usize::from(self.known) % WORDS.len()];
        match self.style % 4 {
            0 | 1 => known.to_owned(),
            2 => self.any.to_owned(),
            _ => format!("{known}{}", self.any),
        }
    }

    fn has(&self, bit: u8) -> bool {
        self.style >> bit & 1 == 1
    }
}

fn write(syntax: Syntax, node: &Node<'_>) -> String {
    match syntax {
        Syntax::Json => json(node),
        Syntax::Xml => format!("<notification>{}</notification>", xml(node)),
        Syntax::Form => {
            let mut pairs = Vec::new();
            form(node, "", &mut pairs);
            pairs.join("&")
        }
    }
}

/// The text of a value that holds no others.
fn scalar(node: &Node<'_>) -> Option<String> {
    match node {
        Node::Word(word) => Some(word.text()),
        Node::Number(number) => Some(NUMBERS[usize::from(*number) % NUMBERS.len()].to_owned()),
        Node::Text(syntax, node) => Some(short(write(*syntax, node))),
        Node::Base64(syntax, node) => {
            let base64 = BASE64_STANDARD.encode(short(write(*syntax, node)));
            Some(base64.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line) + "\n").collect())
        }
        Node::List(_) | Node::Object(_) => None,
    }
}

fn short(text: String) -> String {
    if text.len() <= LONGEST { text } else { String::new() }
}

fn json(node: &Node<'_>) -> String {
    match node {
        Node::Number(_) => scalar(node).unwrap_or_default(),
        Node::Word(word) => json_string(word),
        Node::List(nodes) => format!("[{}]", nodes.iter().map(json).collect::<Vec<_>>().join(", ")),
        Node::Object(members) => {
            let member =
                |(name, node): &(Word<'_>, Node<'_>)| format!("{}: {}", json_string(name), json(node));
            format!("{{ {}\n}}", members.iter().map(member).collect::<Vec<_>>().join(","))
        }
        Node::Text(..) | Node::Base64(..) => serde_json::json!(scalar(node)).to_string(),
    }
}

fn json_string(word: &Word<'_>) -> String {
    let mut text = serde_json::json!(word.text()).to_string();
    if word.has(2) {
        text = text.replace('4', "\\u0034").replace('@', "\\u0040").replace('/', "\\/");
    }
    if word.has(3) && word.has(4) {
        text = format!("\"\\ud83d{}", &text[1..]);
    }
    text
}

fn xml(node: &Node<'_>) -> String {
    let items: Vec<(Option<&Word<'_>>, &Node<'_>)> = match node {
        Node::List(nodes) => nodes.iter().map(|node| (None, node)).collect(),
        Node::Object(members) => members.iter().map(|(name, node)| (Some(name), node)).collect(),
        Node::Word(word) if word.has(2) => return format!("<![CDATA[{}]]>", word.text()),
        Node::Word(word) if word.has(3) => return format!("<!--{}-->", word.text()),
        _ => return escaped(&scalar(node).unwrap_or_default()),
    };
    let element = |(name, node): (Option<&Word<'_>>, &Node<'_>)| {
        let Some(word) = name else { return xml(node) };
        let name: String =
            word.text().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        if word.has(4)
            && let Some(value) = scalar(node)
        {
            return format!("<item _{name}='{}'/>", escaped(&value));
        }
        let prefix = if word.has(5) { "x:" } else { "_" };
        format!("<{prefix}{name}>{}</{prefix}{name}>", xml(node))
    };
    items.into_iter().map(element).collect()
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('\'', "&#39;").replace('\u{1}', "&#1;").replace('5', "&#x35;")
}

fn form(node: &Node<'_>, name: &str, pairs: &mut Vec<String>) {
    let inside = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}[{part}]") };
    match node {
        Node::List(nodes) => {
            for node in nodes {
                form(node, &inside(""), pairs);
            }
        }
        Node::Object(members) => {
            for (word, node) in members {
                form(node, &inside(&word.text()), pairs);
            }
        }
        _ => pairs.push(format!("{}={}", percent(name), percent(&scalar(node).unwrap_or_default()))),
    }
}

fn percent(text: &str) -> String {
    let kept = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'[' | b']' | b'_');
    text.bytes().map(|b| if kept(b) { char::from(b).to_string() } else { format!("%{b:02x}") }).collect()
}

/// The longest text in a text: escapes of escapes double it each time.
const LONGEST: usize = 4096;

/// Names that rules have, values that look like something, and pieces of grammar.
const WORDS: &[&str] = &[
    "card_number",
    "4242424242424242",
    "4242 4242-4242 4242",
    "5555\t5555\n5555\u{a0}4444",
    "378282246310005",
    "email",
    "jane@example.com",
    "+1 415 555 2671",
    "cvc",
    "123",
    "card",
    "number",
    "name",
    "exp_month",
    "08",
    "id",
    "data",
    "object",
    "amount",
    "payload",
    "payment",
    "entity",
    "billing_details",
    "address",
    "address1",
    "token",
    "signature",
    "bt_payload",
    "bt_signature",
    "From",
    "Digits",
    "paid with card 4242424242424242 today",
    "[card-number]",
    "[email]",
    "",
    " ",
    "\t",
    "{",
    "[",
    "<a>",
    "-->",
    "]]>",
    "&amp;",
    "%40",
    "\u{1}",
    "\u{ff14}242424242424242",
    "*",
    "0",
    "~/",
    "<!--4242424242424242--><a/>",
    "{\"email\":\"j\"}",
    "[4242424242424242]",
    "<email>j</email>",
];

/// Numbers that are card numbers, that are not, and in more ways than one.
const NUMBERS: &[&str] = &[
    "4242424242424242",
    "4242424242424242.0",
    "4.242424242424242e15",
    "42424242424242420e-1",
    "1",
    "-0.5e+10",
    "1763870000000",
    "123456789012345678901234567890",
];
