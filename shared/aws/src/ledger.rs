//! The ledger on DynamoDB.

use std::collections::HashMap;
use std::ops::Range;
use std::time::SystemTime;

use anyhow::Context;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use payments::item::{self, Attribute, InvalidItem, Item};
use payments::{Event, EventKey, Ledger, Link, PaymentKey, Proof, PutEvent, PutProof};

use crate::Sdk;
use crate::failure::failure;

/// One table, whose row format is [`payments::item`]. It has the index `payments` with all attributes.
#[derive(Debug)]
pub struct DynamoLedger {
    client: Client,
    table: String,
    /// How long a row lives, in days.
    days: Option<u32>,
}

impl DynamoLedger {
    /// The table of this name or ARN.
    pub fn new(sdk: &Sdk, table: impl Into<String>) -> Self {
        Self { client: Client::new(sdk.config()), table: table.into(), days: None }
    }

    /// The same table, whose rows expire so many days after their delivery was received; links and proofs, which have no
    /// such time, as long after they are put.
    #[must_use]
    pub fn expiring_after(self, days: u32) -> Self {
        Self { days: Some(days), ..self }
    }

    /// Puts a row if its key is free, in one call that returns the row that was there.
    async fn put_new(&self, row: Item) -> anyhow::Result<Option<Item>> {
        let call = self
            .put(row)
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", item::PK)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match call.send().await {
            Ok(_) => Ok(None),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(taken)) => {
                    let row = taken.item().context("the ledger did not return the row that was there")?;
                    Ok(Some(from_attributes(row)))
                }
                _ => Err(failure("put a row in the ledger", &error)),
            },
        }
    }

    fn put(&self, mut row: Item) -> PutItemFluentBuilder {
        if let Some(days) = self.days {
            let received = match row.get(item::RECEIVED) {
                Some(Attribute::Number(ms)) => ms / 1000,
                _ => now(),
            };
            let expires = received.saturating_add(i64::from(days) * 86_400);
            row.insert(item::EXPIRES.to_owned(), Attribute::Number(expires));
        }
        self.client.put_item().table_name(&self.table).set_item(Some(to_attributes(row)))
    }

    /// The rows of one partition of the table whose sort keys begin so.
    fn rows_below(&self, partition: &str, sort_key: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :sk)")
            .expression_attribute_names("#pk", item::PK)
            .expression_attribute_names("#sk", item::SK)
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
            .expression_attribute_values(":sk", AttributeValue::S(sort_key.to_owned()))
    }
}

/// Seconds of Unix time.
#[expect(clippy::disallowed_methods, reason = "a row that says no time lives from when it is put")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl Ledger for DynamoLedger {
    async fn put_event(&self, event: &Event) -> anyhow::Result<PutEvent> {
        match self.put_new(event.to_item()).await? {
            None => Ok(PutEvent::New),
            Some(row) => Ok(PutEvent::Exists(Box::new(Event::from_item(&row)?))),
        }
    }

    async fn put_conflict(&self, event: &Event) -> anyhow::Result<()> {
        self.put_new(event.to_item()).await.map(drop)
    }

    async fn put_link(&self, link: &Link) -> anyhow::Result<()> {
        self.put_new(link.to_item()).await.map(drop)
    }

    async fn put_proof(&self, proof: &Proof) -> anyhow::Result<PutProof> {
        match self.put_new(proof.to_item()).await? {
            Some(row) if Proof::from_item(&row)? != *proof => Ok(PutProof::Differs),
            _ => Ok(PutProof::Holds),
        }
    }

    async fn replace_event(&self, event: &Event) -> anyhow::Result<bool> {
        let call = self
            .put(event.to_item())
            .condition_expression("#version < :version AND #body = :body")
            .expression_attribute_names("#version", item::INTERPRETATION)
            .expression_attribute_names("#body", item::BODY)
            .expression_attribute_values(":version", AttributeValue::N(event.interpretation.to_string()))
            .expression_attribute_values(":body", AttributeValue::S(event.body.as_str().to_owned()));
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failure("replace a row of the ledger", &error)),
            },
        }
    }

    async fn event(&self, key: &EventKey) -> anyhow::Result<Option<Event>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .consistent_read(true)
            .key(item::PK, AttributeValue::S(key.as_str().to_owned()))
            .key(item::SK, AttributeValue::S(item::EVENT.to_owned()))
            .send()
            .await
            .map_err(|error| failure("read the ledger", &error))?;
        let row = answer.item.as_ref().map(from_attributes);
        Ok(row.as_ref().map(Event::from_item).transpose()?)
    }

    async fn conflicts(&self, key: &EventKey) -> anyhow::Result<Vec<Event>> {
        all(self.rows_below(key.as_str(), item::CONFLICT), Event::from_item).await
    }

    async fn payment_events(&self, key: &PaymentKey) -> anyhow::Result<Vec<Event>> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(item::INDEX)
            .key_condition_expression("#payment = :payment")
            .expression_attribute_names("#payment", item::PAYMENT)
            .expression_attribute_values(":payment", AttributeValue::S(key.as_str().to_owned()));
        all(query, Event::from_item).await
    }

    async fn parents(&self, child: &PaymentKey) -> anyhow::Result<Vec<PaymentKey>> {
        let links = all(self.rows_below(child.as_str(), item::LINK), Link::from_item).await?;
        Ok(links.into_iter().map(|link| link.parent).collect())
    }

    async fn received(
        &self,
        within: Range<i64>,
        mut visit: impl AsyncFnMut(Vec<Event>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let scan = self
            .client
            .scan()
            .table_name(&self.table)
            .filter_expression("#sk = :event AND #received >= :from AND #received < :until")
            .expression_attribute_names("#sk", item::SK)
            .expression_attribute_names("#received", item::RECEIVED)
            .expression_attribute_values(":event", AttributeValue::S(item::EVENT.to_owned()))
            .expression_attribute_values(":from", AttributeValue::N(within.start.to_string()))
            .expression_attribute_values(":until", AttributeValue::N(within.end.to_string()));
        let mut next = None;
        loop {
            let page = scan.clone().set_exclusive_start_key(next).send().await;
            let page = page.map_err(|error| failure("read through the ledger", &error))?;
            let events = page.items().iter().map(|row| Event::from_item(&from_attributes(row)));
            visit(events.collect::<Result<_, _>>()?).await?;
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(());
            }
        }
    }
}

/// All pages of a query, read as what they are.
async fn all<T>(
    query: QueryFluentBuilder,
    read: impl Fn(&Item) -> Result<T, InvalidItem>,
) -> anyhow::Result<Vec<T>> {
    let mut rows = Vec::new();
    let mut next = None;
    loop {
        let page = query.clone().set_exclusive_start_key(next).send().await;
        let page = page.map_err(|error| failure("query the ledger", &error))?;
        for row in page.items() {
            rows.push(read(&from_attributes(row))?);
        }
        next = page.last_evaluated_key;
        if next.is_none() {
            return Ok(rows);
        }
    }
}

fn to_attributes(row: Item) -> HashMap<String, AttributeValue> {
    let value = |attribute| match attribute {
        Attribute::Text(text) => AttributeValue::S(text),
        Attribute::Number(number) => AttributeValue::N(number.to_string()),
        Attribute::Flag(flag) => AttributeValue::Bool(flag),
    };
    row.into_iter().map(|(name, attribute)| (name, value(attribute))).collect()
}

/// Leaves out what no row of ours has: a reader then misses the attribute, and says which.
fn from_attributes(row: &HashMap<String, AttributeValue>) -> Item {
    let attribute = |value: &AttributeValue| match value {
        AttributeValue::S(text) => Some(Attribute::Text(text.clone())),
        AttributeValue::N(number) => Some(Attribute::Number(number.parse().ok()?)),
        AttributeValue::Bool(flag) => Some(Attribute::Flag(*flag)),
        _ => None,
    };
    row.iter().filter_map(|(name, value)| Some((name.clone(), attribute(value)?))).collect()
}

#[cfg(test)]
mod tests;
