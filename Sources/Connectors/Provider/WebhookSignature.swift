import Digests
import Domain
import Primitives

/// The signature that providers send: `sha256=` and the HMAC-SHA256 of the body in hexadecimal.
enum WebhookSignature {
    /// Checks `header` over `body` in constant time.
    ///
    /// - Parameters:
    ///   - field: the header's name, for the fault.
    ///   - setting: the variable that holds the secret.
    /// - Throws: ``Fault``: `configuration` without a secret, `authentication` for a signature that is missing, malformed or wrong: all look
    ///   the same.
    static func check(
        _ header: String?, over body: [UInt8], secret: Redacted<String>?, field: String, setting: String
    ) throws(Fault) {
        guard let secret, !secret.reveal().isEmpty else {
            throw Fault(
                .configuration, code: "E_WEBHOOK_SECRET", "No secret is configured for these webhooks.", hint: "Set \(setting).")
        }
        let expected = Authenticity.code(for: body, key: Array(secret.reveal().utf8))
        guard let header, header.utf8.count == 71, header.hasPrefix("sha256="),
            let sent = [UInt8](hexadecimal: String(header.dropFirst(7))),
            Authenticity.equal(sent, expected)
        else {
            throw Fault(
                .authentication, code: "E_SIGNATURE", "The signature of the delivery is missing or wrong.", field: field,
                hint: "Use the same secret here and at the provider.")
        }
    }
}
