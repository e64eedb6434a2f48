//! Operations whose permission has another name than they have themselves.

use crate::Operation;

/// Service, operation, IAM's actions. Sorted by service, then operation. From the services' own pages on permissions.
#[rustfmt::skip]
const NAMED: &[(&str, &str, &[&str])] = &[
    ("bedrock-agent-runtime", "RetrieveAndGenerateStream", &["RetrieveAndGenerate"]),
    ("bedrock-runtime", "Converse", &["InvokeModel"]),
    ("bedrock-runtime", "ConverseStream", &["InvokeModelWithResponseStream"]),
    ("bedrock-runtime", "InvokeModelWithBidirectionalStream", &["InvokeModelWithResponseStream"]),
    ("bedrock-runtime", "StartAsyncInvoke", &["InvokeModel"]),
    ("budgets", "CreateBudget", &["ModifyBudget"]),
    ("budgets", "CreateNotification", &["ModifyBudget"]),
    ("budgets", "CreateSubscriber", &["ModifyBudget"]),
    ("budgets", "DeleteBudget", &["ModifyBudget"]),
    ("budgets", "DeleteNotification", &["ModifyBudget"]),
    ("budgets", "DeleteSubscriber", &["ModifyBudget"]),
    ("budgets", "DescribeBudget", &["ViewBudget"]),
    ("budgets", "DescribeBudgetNotificationsForAccount", &["ViewBudget"]),
    ("budgets", "DescribeBudgetPerformanceHistory", &["ViewBudget"]),
    ("budgets", "DescribeBudgets", &["ViewBudget"]),
    ("budgets", "DescribeNotificationsForBudget", &["ViewBudget"]),
    ("budgets", "DescribeSubscribersForNotification", &["ViewBudget"]),
    ("budgets", "UpdateBudget", &["ModifyBudget"]),
    ("budgets", "UpdateNotification", &["ModifyBudget"]),
    ("budgets", "UpdateSubscriber", &["ModifyBudget"]),
    ("cloudfront", "CreateDistributionWithTags", &["CreateDistribution", "TagResource"]),
    ("dynamodb", "BatchExecuteStatement", &["PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate"]),
    ("dynamodb", "ExecuteStatement", &["PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate"]),
    ("dynamodb", "ExecuteTransaction", &["PartiQLDelete", "PartiQLInsert", "PartiQLSelect", "PartiQLUpdate"]),
    ("dynamodb", "TransactGetItems", &["GetItem"]),
    ("dynamodb", "TransactWriteItems", &["ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"]),
    ("lambda", "Invoke", &["InvokeFunction"]),
    ("lambda", "InvokeWithResponseStream", &["InvokeFunction"]),
    ("neptunedata", "CancelGremlinQuery", &["CancelQuery"]),
    ("neptunedata", "CancelOpenCypherQuery", &["CancelQuery"]),
    ("neptunedata", "DeletePropertygraphStatistics", &["DeleteStatistics"]),
    ("neptunedata", "DeleteSparqlStatistics", &["DeleteStatistics"]),
    ("neptunedata", "ExecuteFastReset", &["ResetDatabase"]),
    ("neptunedata", "ExecuteGremlinQuery", &["DeleteDataViaQuery", "ReadDataViaQuery", "WriteDataViaQuery"]),
    ("neptunedata", "ExecuteOpenCypherQuery", &["DeleteDataViaQuery", "ReadDataViaQuery", "WriteDataViaQuery"]),
    ("neptunedata", "GetPropertygraphStream", &["GetStreamRecords"]),
    ("neptunedata", "GetSparqlStream", &["GetStreamRecords"]),
    ("s3", "CompleteMultipartUpload", &["PutObject"]),
    ("s3", "CopyObject", &["GetObject", "PutObject"]),
    ("s3", "CreateMultipartUpload", &["PutObject"]),
    ("s3", "DeleteBucketAnalyticsConfiguration", &["PutAnalyticsConfiguration"]),
    ("s3", "DeleteBucketCors", &["PutBucketCORS"]),
    ("s3", "DeleteBucketEncryption", &["PutEncryptionConfiguration"]),
    ("s3", "DeleteBucketIntelligentTieringConfiguration", &["PutIntelligentTieringConfiguration"]),
    ("s3", "DeleteBucketInventoryConfiguration", &["PutInventoryConfiguration"]),
    ("s3", "DeleteBucketLifecycle", &["PutLifecycleConfiguration"]),
    ("s3", "DeleteBucketMetricsConfiguration", &["PutMetricsConfiguration"]),
    ("s3", "DeleteBucketOwnershipControls", &["PutBucketOwnershipControls"]),
    ("s3", "DeleteBucketReplication", &["PutReplicationConfiguration"]),
    ("s3", "DeleteBucketTagging", &["PutBucketTagging"]),
    ("s3", "DeleteObjects", &["DeleteObject"]),
    ("s3", "DeletePublicAccessBlock", &["PutBucketPublicAccessBlock"]),
    ("s3", "GetBucketAccelerateConfiguration", &["GetAccelerateConfiguration"]),
    ("s3", "GetBucketAnalyticsConfiguration", &["GetAnalyticsConfiguration"]),
    ("s3", "GetBucketEncryption", &["GetEncryptionConfiguration"]),
    ("s3", "GetBucketIntelligentTieringConfiguration", &["GetIntelligentTieringConfiguration"]),
    ("s3", "GetBucketInventoryConfiguration", &["GetInventoryConfiguration"]),
    ("s3", "GetBucketLifecycle", &["GetLifecycleConfiguration"]),
    ("s3", "GetBucketLifecycleConfiguration", &["GetLifecycleConfiguration"]),
    ("s3", "GetBucketMetricsConfiguration", &["GetMetricsConfiguration"]),
    ("s3", "GetBucketNotificationConfiguration", &["GetBucketNotification"]),
    ("s3", "GetBucketReplication", &["GetReplicationConfiguration"]),
    ("s3", "GetObjectLockConfiguration", &["GetBucketObjectLockConfiguration"]),
    ("s3", "GetPublicAccessBlock", &["GetBucketPublicAccessBlock"]),
    ("s3", "HeadBucket", &["ListBucket"]),
    ("s3", "HeadObject", &["GetObject"]),
    ("s3", "ListBucketAnalyticsConfigurations", &["GetAnalyticsConfiguration"]),
    ("s3", "ListBucketIntelligentTieringConfigurations", &["GetIntelligentTieringConfiguration"]),
    ("s3", "ListBucketInventoryConfigurations", &["GetInventoryConfiguration"]),
    ("s3", "ListBucketMetricsConfigurations", &["GetMetricsConfiguration"]),
    ("s3", "ListBuckets", &["ListAllMyBuckets"]),
    ("s3", "ListMultipartUploads", &["ListBucketMultipartUploads"]),
    ("s3", "ListObjectVersions", &["ListBucketVersions"]),
    ("s3", "ListObjects", &["ListBucket"]),
    ("s3", "ListObjectsV2", &["ListBucket"]),
    ("s3", "ListParts", &["ListMultipartUploadParts"]),
    ("s3", "PutBucketAccelerateConfiguration", &["PutAccelerateConfiguration"]),
    ("s3", "PutBucketAnalyticsConfiguration", &["PutAnalyticsConfiguration"]),
    ("s3", "PutBucketEncryption", &["PutEncryptionConfiguration"]),
    ("s3", "PutBucketIntelligentTieringConfiguration", &["PutIntelligentTieringConfiguration"]),
    ("s3", "PutBucketInventoryConfiguration", &["PutInventoryConfiguration"]),
    ("s3", "PutBucketLifecycle", &["PutLifecycleConfiguration"]),
    ("s3", "PutBucketLifecycleConfiguration", &["PutLifecycleConfiguration"]),
    ("s3", "PutBucketMetricsConfiguration", &["PutMetricsConfiguration"]),
    ("s3", "PutBucketNotificationConfiguration", &["PutBucketNotification"]),
    ("s3", "PutBucketReplication", &["PutReplicationConfiguration"]),
    ("s3", "PutObjectLockConfiguration", &["PutBucketObjectLockConfiguration"]),
    ("s3", "PutPublicAccessBlock", &["PutBucketPublicAccessBlock"]),
    ("s3", "SelectObjectContent", &["GetObject"]),
    ("s3", "UploadPart", &["PutObject"]),
    ("s3", "UploadPartCopy", &["GetObject", "PutObject"]),
    ("s3control", "DeletePublicAccessBlock", &["PutAccountPublicAccessBlock"]),
    ("s3control", "GetPublicAccessBlock", &["GetAccountPublicAccessBlock"]),
    ("s3control", "PutPublicAccessBlock", &["PutAccountPublicAccessBlock"]),
    ("sns", "PublishBatch", &["Publish"]),
    ("sqs", "ChangeMessageVisibilityBatch", &["ChangeMessageVisibility"]),
    ("sqs", "DeleteMessageBatch", &["DeleteMessage"]),
    ("sqs", "SendMessageBatch", &["SendMessage"]),
    ("timestream-query", "Query", &["Select"]),
    ("verifiedpermissions", "BatchGetPolicy", &["GetPolicy"]),
    ("verifiedpermissions", "BatchIsAuthorized", &["IsAuthorized"]),
    ("verifiedpermissions", "BatchIsAuthorizedWithToken", &["IsAuthorizedWithToken"]),
];

/// IAM's names of what an operation needs; none where it is the operation's own.
pub(super) fn actions(service: &str, operation: &Operation) -> &'static [&'static str] {
    if matches!(service, "apigateway" | "apigatewayv2") {
        return by_method(operation);
    }
    let key = (service, operation.name.as_str());
    let found = NAMED.binary_search_by(|(service, operation, _)| (*service, *operation).cmp(&key));
    found.map_or(&[], |found| NAMED[found].2)
}

/// API Gateway's permissions are the methods of its own API, but for what it got later.
fn by_method(operation: &Operation) -> &'static [&'static str] {
    if ["Portal", "ProductPage", "ProductRestEndpointPage", "RoutingRule"]
        .iter()
        .any(|later| operation.name.contains(later))
    {
        return &[];
    }
    match operation.method.as_str() {
        "GET" => &["GET"],
        "POST" => &["POST"],
        "PUT" => &["PUT"],
        "PATCH" => &["PATCH"],
        "DELETE" => &["DELETE"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::NAMED;
    use crate::iam::SECTIONS;
    use crate::{Catalog, iam_prefix};

    #[test]
    fn every_operation_and_every_action_of_the_table_exists() {
        assert!(NAMED.is_sorted_by(|one, next| (one.0, one.1) < (next.0, next.1)));
        let catalog = Catalog::embedded();
        for (service, operation, actions) in NAMED {
            let service = catalog.open(service).expect("a service");
            assert!(service.operation(operation).is_some(), "{operation}");
            let section = SECTIONS.get(iam_prefix(&service)).expect("a section");
            for action in *actions {
                assert!(section.find(action).is_some(), "{operation}: {action}");
            }
        }
    }
}
