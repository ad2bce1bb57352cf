/// A transfer that has ended, as an observer sees it.
package struct TransferReport: Sendable {
    /// The address that was asked for.
    package let url: String
    /// Status of the answer; nil when there was none.
    package let status: Int?
    /// Why there was no answer.
    package let failure: FetchError.Code?
    /// From the start in libcurl to the end; zero without an answer.
    package let duration: Duration
    /// Bytes of the body, after decompression.
    package let bytes: Int
    /// The field `Retry-After` of the answer.
    package let retryAfter: String?
}
