//! What the stack and its nested stacks consist of, as `CloudFormation` knows it.

use anyhow::Context as _;

use crate::query::{escaped, texts};
use crate::signed::{CLOUDFORMATION, Signed};

const API_VERSION: &str = "2010-05-15";
/// Stacks within stacks; ours are one deep.
const MOST_STACKS: usize = 20;

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// Its name in the template.
    pub(crate) logical: String,
    /// Its name or id in the account.
    pub(crate) physical: String,
    /// `AWS::SQS::Queue` …
    pub(crate) kind: String,
    /// `CREATE_COMPLETE` …
    pub(crate) status: String,
}

/// All resources that exist.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resources(Vec<Resource>);

impl Resources {
    /// Of the stack and of those within it.
    pub(crate) async fn of(signed: &Signed<'_>, stack: &str) -> anyhow::Result<Self> {
        let mut all = Vec::new();
        let mut stacks = vec![stack.to_owned()];
        let mut seen = 0;
        while let Some(name) = stacks.pop() {
            seen += 1;
            anyhow::ensure!(
                seen <= MOST_STACKS,
                "the stack {stack} has more than {MOST_STACKS} stacks within it"
            );
            let form =
                format!("Action=DescribeStackResources&Version={API_VERSION}&StackName={}", escaped(&name));
            let answer = signed.query(CLOUDFORMATION, &form).await.context("list the stack's resources")?;
            let found = parse(&answer)?;
            stacks.extend(
                found
                    .iter()
                    .filter(|resource| resource.kind == "AWS::CloudFormation::Stack")
                    .map(|resource| resource.physical.clone()),
            );
            all.extend(found);
        }
        Ok(Self(all))
    }

    /// Those of one kind.
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.0.iter().filter(move |resource| resource.kind == kind)
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Resource> {
        self.0.iter()
    }

    #[cfg(test)]
    pub(crate) fn new(all: &[(&str, &str, &str)]) -> Self {
        let resource = |(logical, physical, kind): &(&str, &str, &str)| Resource {
            logical: (*logical).to_owned(),
            physical: (*physical).to_owned(),
            kind: (*kind).to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
        };
        Self(all.iter().map(resource).collect())
    }
}

/// Reads `<member><LogicalResourceId>…</LogicalResourceId>…</member>…`. What has no id yet does not exist.
fn parse(xml: &str) -> anyhow::Result<Vec<Resource>> {
    let mut all = Vec::new();
    for member in xml.split("<member>").skip(1) {
        let (member, _) = member.split_once("</member>").unwrap_or((member, ""));
        let texts = texts(&format!("<member>{member}</member>"))?;
        let text = |wanted: &str| {
            texts.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.clone()).unwrap_or_default()
        };
        let resource = Resource {
            logical: text("LogicalResourceId"),
            physical: text("PhysicalResourceId"),
            kind: text("ResourceType"),
            status: text("ResourceStatus"),
        };
        if !resource.physical.is_empty() && resource.status != "DELETE_COMPLETE" {
            all.push(resource);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use crate::signed::canned::Server;

    use super::*;

    #[tokio::test]
    async fn stacks_within_the_stack_are_looked_into() {
        let outer = "<StackResources><member><StackName>dev</StackName><LogicalResourceId>Data</LogicalResourceId>\
            <PhysicalResourceId>arn:aws:cloudformation:eu-west-1:1:stack/dev-Data/1</PhysicalResourceId>\
            <ResourceType>AWS::CloudFormation::Stack</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>\
            <member><LogicalResourceId>Later</LogicalResourceId><ResourceType>AWS::SQS::Queue</ResourceType>\
            <ResourceStatus>CREATE_IN_PROGRESS</ResourceStatus></member></StackResources>";
        let inner = "<StackResources><member><LogicalResourceId>DataKey</LogicalResourceId>\
            <PhysicalResourceId>k-1</PhysicalResourceId><ResourceType>AWS::KMS::Key</ResourceType>\
            <ResourceStatus>UPDATE_COMPLETE</ResourceStatus></member></StackResources>";
        let server = Server::start([
            ("StackName=dev", 200, outer),
            ("StackName=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack%2Fdev-Data%2F1", 200, inner),
        ]);
        let config = server.config();
        let resources = Resources::of(&Signed::new(&config), "dev").await.unwrap();
        let names: Vec<&str> = resources.all().map(|resource| resource.logical.as_str()).collect();
        assert_eq!(names, ["Data", "DataKey"]);
        assert_eq!(resources.of_kind("AWS::KMS::Key").next().unwrap().physical, "k-1");
    }
}
