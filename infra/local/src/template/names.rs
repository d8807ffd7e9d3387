//! Names that the embedded AWS gives, the same at every start.

/// Region of the embedded AWS; the one that samconfig.toml names.
pub const REGION: &str = "eu-central-1";
/// Account of the embedded AWS.
pub const ACCOUNT: &str = "000000000000";
/// Partition of everything here.
pub const PARTITION: &str = "aws";
/// Name of the local stack.
pub const STACK: &str = "tenantry-local";

/// The ARN of something of this service in the embedded AWS.
pub fn arn(service: &str, resource: &str) -> String {
    arn_in(REGION, ACCOUNT, service, resource)
}

/// The ARN of something of this service in this region and account.
pub fn arn_in(region: &str, account: &str, service: &str, resource: &str) -> String {
    format!("arn:{PARTITION}:{service}:{region}:{account}:{resource}")
}

/// The address of a queue.
pub fn queue_url(endpoint: &str, name: &str) -> String {
    format!("{}/{ACCOUNT}/{name}", endpoint.trim_end_matches('/'))
}

/// The name of something that the template gives none.
pub fn generated(logical_id: &str) -> String {
    format!("{STACK}-{logical_id}")
}

/// The ARN of a secret. AWS ends it with six random characters; here they follow from the name, so that an ARN in a
/// function's environment holds across starts.
pub fn secret_arn(name: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // FNV-1a: short, and stable across versions of Rust.
    let mut hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut suffix = String::new();
    for _ in 0..6 {
        let index = usize::try_from(hash % 62).unwrap_or(0);
        suffix.push(LETTERS.get(index).map_or('a', |letter| char::from(*letter)));
        hash /= 62;
    }
    arn("secretsmanager", &format!("secret:{name}-{suffix}"))
}
