/// Why a job failed, in words that are safe to show.
package struct JobFailure: Sendable, Hashable, Codable {
    /// Stable code, such as `E_DNS_FAIL`.
    package var code: String
    /// What happened.
    package var message: String
    /// What to do about it.
    package var hint: String?

    /// - Parameters: see the properties.
    package init(code: String, message: String, hint: String? = nil) { (self.code, self.message, self.hint) = (code, message, hint) }
}
