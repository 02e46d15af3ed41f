//! The endpoints by which the functions reach AWS.

use super::Patient;
use super::finding::Finding;
use crate::query::texts;
use crate::signed::EC2;

/// Each endpoint of the stack's network is available. A network of the team's own has none of ours.
pub(crate) async fn network(patient: &Patient<'_>) -> anyhow::Result<Vec<Finding>> {
    let endpoints: Vec<_> = patient.resources.of_kind("AWS::EC2::VPCEndpoint").collect();
    if endpoints.is_empty() {
        return Ok(Vec::new());
    }
    let mut form = vec!["Action=DescribeVpcEndpoints&Version=2016-11-15".to_owned()];
    form.extend(
        endpoints
            .iter()
            .zip(1..)
            .map(|(endpoint, place)| format!("VpcEndpointId.{place}={}", endpoint.physical)),
    );
    let form = form.join("&");
    let states = states(&patient.signed.query(EC2, &form).await?)?;
    let state = |id: &str| states.iter().find(|(known, _)| known == id).map(|(_, state)| state.as_str());
    Ok(endpoints
        .into_iter()
        .filter(|endpoint| state(&endpoint.physical) != Some("available"))
        .map(|endpoint| {
            Finding::error(
                format!("{} is {}", endpoint.logical, state(&endpoint.physical).unwrap_or("gone")),
                "without it the functions cannot reach the service: look for drift with --drift, then sam deploy",
            )
        })
        .collect())
}

/// Each endpoint's id and state: in the answer the state comes after the id.
fn states(answer: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut states = Vec::new();
    let mut id = None;
    for (name, text) in texts(answer)? {
        match name.as_str() {
            "vpcEndpointId" => id = Some(text),
            "state" => states.extend(id.take().map(|id| (id, text))),
            _ => {}
        }
    }
    Ok(states)
}

#[cfg(test)]
mod tests {
    use super::super::tests::of;
    use super::*;

    #[tokio::test]
    async fn an_endpoint_that_lets_nothing_through_is_found() {
        let check = async |items: &str, expected: &[&str]| {
            let answer = format!("<R><vpcEndpointSet>{items}</vpcEndpointSet></R>");
            of([("VpcEndpointId.1=vpce-1", 200, answer.as_str())], network, expected).await;
        };
        let item = |id: &str, state: &str| {
            format!(
                "<item><vpcEndpointId>{id}</vpcEndpointId><vpcId>vpc-1</vpcId><state>{state}</state></item>"
            )
        };
        check(&item("vpce-1", "available"), &[]).await;
        check(&item("vpce-1", "failed"), &["SqsEndpoint is failed"]).await;
        check(&(item("vpce-2", "available") + &item("vpce-1", "pending")), &["SqsEndpoint is pending"]).await;
        check("", &["SqsEndpoint is gone"]).await;
    }
}
