//! What there is to replace, and which of it a policy replaces.

/// What a replaced value was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataClass {
    /// A card's number (PAN).
    CardNumber,
    /// A card's security code (CVC, CVV, CID), its PIN, or a cryptogram.
    SecurityCode,
    /// The month and year in which a card expires.
    Expiry,
    /// The name on a card.
    CardholderName,
    /// A signature inside the body.
    Signature,
    /// A token or secret that somebody could act with.
    Token,
    /// The name of a person.
    Name,
    /// A billing, shipping or other postal address, or a part of one.
    Address,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A date of birth.
    BirthDate,
    /// A number that a state gave a person: tax, social security, passport.
    NationalId,
    /// A bank account, an IBAN or an address to pay to.
    BankAccount,
    /// The IP address of a person.
    IpAddress,
    /// What a person wrote.
    Message,
}

impl DataClass {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::CardNumber,
        Self::SecurityCode,
        Self::Expiry,
        Self::CardholderName,
        Self::Signature,
        Self::Token,
        Self::Name,
        Self::Address,
        Self::Email,
        Self::Phone,
        Self::BirthDate,
        Self::NationalId,
        Self::BankAccount,
        Self::IpAddress,
        Self::Message,
    ];

    /// Its name in records: `card_number`.
    pub fn as_str(self) -> &'static str {
        self.texts().0
    }

    /// The text that stands in the value's place, also where a number stood: `[card-number]`. It needs no escapes in
    /// JSON or XML.
    pub fn replacement(self) -> &'static str {
        self.texts().1
    }

    /// What it is, in words.
    pub fn description(self) -> &'static str {
        self.texts().2
    }

    fn texts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::CardNumber => ("card_number", "[card-number]", "a card's number"),
            Self::SecurityCode => {
                ("security_code", "[security-code]", "a card's security code, PIN or cryptogram")
            }
            Self::Expiry => ("expiry", "[expiry]", "the month and year in which a card expires"),
            Self::CardholderName => ("cardholder_name", "[cardholder-name]", "the name on a card"),
            Self::Signature => ("signature", "[signature]", "a signature inside the body"),
            Self::Token => ("token", "[token]", "a token or secret that somebody could act with"),
            Self::Name => ("name", "[name]", "the name of a person"),
            Self::Address => ("address", "[address]", "a postal address or a part of one"),
            Self::Email => ("email", "[email]", "an e-mail address"),
            Self::Phone => ("phone", "[phone]", "a phone number"),
            Self::BirthDate => ("birth_date", "[birth-date]", "a date of birth"),
            Self::NationalId => ("national_id", "[national-id]", "a number that a state gave a person"),
            Self::BankAccount => {
                ("bank_account", "[bank-account]", "a bank account, an IBAN or an address to pay to")
            }
            Self::IpAddress => ("ip_address", "[ip-address]", "the IP address of a person"),
            Self::Message => ("message", "[message]", "what a person wrote"),
        }
    }
}

/// What screening replaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// All classes.
    #[default]
    Strict,
    /// Card data, signatures and tokens: what nobody may store. Personal data stays.
    CardData,
}

impl Policy {
    /// All policies, the default first.
    pub const ALL: [Self; 2] = [Self::Strict, Self::CardData];

    /// Its name as a parameter has it: `strict`, `card-data`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::CardData => "card-data",
        }
    }

    /// The policy of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == name)
    }

    /// Whether it replaces values of this class.
    pub fn replaces(self, class: DataClass) -> bool {
        let card_data = [
            DataClass::CardNumber,
            DataClass::SecurityCode,
            DataClass::Expiry,
            DataClass::CardholderName,
            DataClass::Signature,
            DataClass::Token,
        ];
        self == Self::Strict || card_data.contains(&class)
    }
}
