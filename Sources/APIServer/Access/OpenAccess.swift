package import Primitives

/// Asks nobody: for servers on a loopback address.
package struct OpenAccess: Authenticator {
    package let isOpen = true

    /// Lets everyone in.
    package init() {}

    package func principal(token: Redacted<String>?) async throws -> Principal { .anyone }
}
