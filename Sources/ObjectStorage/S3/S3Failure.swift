import Domain
import Fetch
import Primitives

/// A request that the service did not carry out.
struct S3Failure: Error {
    /// 0 when there was no answer.
    let status: Int
    /// The code of the service, such as `NoSuchBucket`; empty without one.
    let code: String
    /// What else is known, in words without addresses.
    let reason: String
    /// How long the service asks to be left alone.
    let pause: Duration?
    private let mayPass: Bool

    init(_ response: FetchResponse) {
        let answer = S3Answer(response.body)
        (status, code) = (response.status, answer.errorCode ?? "")
        reason = code.isEmpty ? "status \(response.status)" : "status \(response.status), \(code)"
        pause = response.headers["Retry-After"].flatMap { Int($0) }.map { .seconds(max(0, $0)) }
        mayPass =
            [429, 500, 502, 503, 504].contains(response.status)
            || ["InternalError", "SlowDown", "RequestTimeout", "ServiceUnavailable", "OperationAborted"].contains(code)
    }

    init(_ error: FetchError) {
        (status, code, pause) = (0, "", nil)
        reason = error.description
        mayPass = error.isRetryable
    }

    /// Whether the same request may succeed later.
    var isTransient: Bool { mayPass }

    /// Whether there is no object, as opposed to no bucket. An answer to HEAD has no code, so it may mean either.
    var isNoObject: Bool { status == 404 && (code == "NoSuchKey" || code.isEmpty) }

    /// The failure in words for the operator.
    var fault: Fault {
        switch (status, code) {
        case (_, "NoSuchBucket"), (404, _):
            Fault(
                .configuration, code: "E_STORAGE_BUCKET", "The bucket of the storage does not exist.", field: "key",
                hint:
                    "Make the bucket that PORTOLAN_STORAGE_URL or PORTOLAN_BACKUP_URL names, and check PORTOLAN_S3_ENDPOINT and PORTOLAN_S3_REGION."
            )
        case (403, _), (401, _):
            Fault(
                .configuration, code: "E_STORAGE_DENIED", "The storage refuses access: \(reason).", field: "key",
                hint: "Check PORTOLAN_S3_ACCESS_KEY, PORTOLAN_S3_SECRET_KEY, the rights of the key on the bucket, and the clock.")
        case (300..<400, _), (400, "AuthorizationHeaderMalformed"), (400, "IllegalLocationConstraintException"):
            Fault(
                .configuration, code: "E_STORAGE_REGION", "The bucket is in another region: \(reason).", field: "key",
                hint: "Set PORTOLAN_S3_REGION and PORTOLAN_S3_ENDPOINT to those of the bucket.")
        default:
            Fault(
                .serviceUnavailable, code: "E_STORAGE", "The storage failed: \(reason).", field: "key",
                hint: "Check that the service that PORTOLAN_S3_ENDPOINT names is up and has space.", isTransient: isTransient,
                retryAfter: pause)
        }
    }
}
