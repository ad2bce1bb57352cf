package import Primitives

/// Fetches what an identity provider publishes.
package protocol IdentityDocuments: Sendable {
    /// The body at `url`, at most `limit` long.
    /// - Throws: ``Domain/Fault`` when the address may not be asked, or does not answer with a document.
    func document(at url: String, limit: ByteCount) async throws -> [UInt8]
}
