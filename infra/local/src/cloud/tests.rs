use super::*;

fn environment(variables: &[(&str, &str)]) -> Settings {
    Settings::from_variables(
        variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    )
}

async fn reach(variables: &[(&str, &str)]) -> Result<Cloud, CloudError> {
    let environment = environment(variables);
    Elsewhere::chosen(&environment)
        .unwrap()
        .unwrap()
        .reach(&environment)
        .await
}

async fn key_of(cloud: &Cloud) -> String {
    let provider = cloud.sdk.credentials_provider().unwrap();
    provider.provide_credentials().await.unwrap().access_key_id().to_owned()
}

#[test]
fn without_an_address_aws_is_embedded() {
    assert_eq!(Elsewhere::chosen(&environment(&[])), Ok(None));
    assert_eq!(Elsewhere::chosen(&environment(&[("AWS_ENDPOINT_URL", "")])), Ok(None));
    for wrong in ["localhost:4566", "4566", "ftp://x"] {
        let error = Elsewhere::chosen(&environment(&[("AWS_ENDPOINT_URL", wrong)])).unwrap_err();
        assert!(error.to_string().contains("AWS_ENDPOINT_URL"), "{error}");
    }
}

#[tokio::test]
async fn an_emulator_on_this_machine_needs_no_credentials() {
    let url = ("AWS_ENDPOINT_URL", "http://localhost:4566/");
    let cloud = reach(&[url]).await.unwrap();
    assert_eq!((cloud.endpoint_url.as_str(), cloud.region.as_str()), (url.1, REGION));
    assert_eq!(cloud.sdk.endpoint_url(), Some(url.1));
    assert_eq!(key_of(&cloud).await, "test");
    let cloud = reach(&[
        url,
        ("AWS_DEFAULT_REGION", "us-west-2"),
        ("AWS_ACCESS_KEY_ID", "mine"),
        ("AWS_SECRET_ACCESS_KEY", "too"),
    ])
    .await
    .unwrap();
    assert_eq!(
        (cloud.region.as_str(), key_of(&cloud).await.as_str()),
        ("us-west-2", "mine")
    );
}

#[tokio::test]
async fn aws_itself_has_an_address_for_each_service() {
    let cloud = reach(&[
        ("AWS_ENDPOINT_URL", "https://amazonaws.com"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "mine"),
        ("AWS_SECRET_ACCESS_KEY", "too"),
    ])
    .await
    .unwrap();
    assert_eq!(cloud.sdk.endpoint_url(), None);
    assert_eq!(cloud.endpoint_url, "https://amazonaws.com");
    assert!(cloud.is_elsewhere());
}
