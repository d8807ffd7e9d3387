//! Records, queues and secrets: the only room that names DynamoDB, SQS and Secrets Manager
