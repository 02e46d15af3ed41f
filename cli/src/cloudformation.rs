//! The outputs of a deployed stack: the one thing that is asked of `CloudFormation`, in one signed request.

use std::collections::BTreeMap;

use aws_types::SdkConfig;

use crate::query;
use crate::signed::{CLOUDFORMATION, Refused, Signed};

const API_VERSION: &str = "2010-05-15";

/// A stack's outputs by name.
pub(crate) type Outputs = BTreeMap<String, String>;

/// Asks for the outputs of the stack `name`; `None` if there is no such stack. `name` is of the form that
/// [`valid_name`] accepts.
pub(crate) async fn outputs(config: &SdkConfig, name: &str) -> anyhow::Result<Option<Outputs>> {
    let form = format!("Action=DescribeStacks&Version={API_VERSION}&StackName={name}");
    match Signed::new(config).query(CLOUDFORMATION, &form).await {
        Ok(answer) => Ok(Some(parse(&answer)?)),
        // CloudFormation says ValidationError for a name that it does not know.
        Err(error) if unknown(&error) => Ok(None),
        Err(error) => Err(error.context(format!("cannot describe the stack {name}"))),
    }
}

fn unknown(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| refused.message().contains("does not exist"))
}

/// Whether `name` can be a stack's.
pub(crate) fn valid_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Reads `<Outputs><member><OutputKey>…</OutputKey><OutputValue>…</OutputValue></member>…`.
fn parse(xml: &str) -> anyhow::Result<Outputs> {
    let mut outputs = Outputs::new();
    let mut key = None;
    for (name, text) in query::texts(xml)? {
        match name.as_str() {
            "OutputKey" => key = Some(text),
            "OutputValue" => {
                outputs.extend(key.take().map(|key| (key, text)));
            }
            _ => {}
        }
    }
    Ok(outputs)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>\
        <StackName>tollgate</StackName><Outputs>\
        <member><OutputKey>ApiUrl</OutputKey><OutputValue>https://a1.example/api?a=1&amp;b=2</OutputValue></member>\n\
        <member><Description>words</Description><OutputKey>ApiId</OutputKey><OutputValue>a1</OutputValue></member>\
        </Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>";

    #[test]
    fn outputs_are_read_by_name() {
        let outputs = parse(ANSWER).unwrap();
        assert_eq!(
            outputs.into_iter().collect::<Vec<_>>(),
            [
                ("ApiId".to_owned(), "a1".to_owned()),
                ("ApiUrl".to_owned(), "https://a1.example/api?a=1&b=2".to_owned())
            ]
        );
    }

    #[test]
    fn a_name_cannot_add_to_the_request() {
        for (name, valid) in [
            ("tollgate-dev", true),
            ("", false),
            ("1a", false),
            ("a&Action=DeleteStack", false),
            ("a b", false),
        ] {
            assert_eq!(valid_name(name), valid, "{name}");
        }
    }
}
