import Domain

extension Settings {
    /// The identity provider whose tokens are taken.
    package struct OAuth: Sendable, Hashable {
        /// Exactly as tokens name it.
        package var issuer: String
        /// Where its keys are; nil: as its metadata says.
        package var keysURL: String?
        /// Of which a token must name one; nil: the addresses of the api itself.
        package var audiences: Set<String>?
        package var roleClaim: String
        package var groupsClaim: String
        package var librariesClaim: String
    }
}

extension SettingsCheck {
    /// The identity provider; nil when `PORTOLAN_AUTH` is not `oauth`, or something is wrong.
    mutating func oauth(_ authentication: Settings.Authentication, publicURL: String?) -> Settings.OAuth? {
        guard authentication == .oauth else {
            // A setting that nothing reads would look like protection.
            for name in ["OAUTH_ISSUER", "OAUTH_JWKS_URL", "OAUTH_AUDIENCE"] where text(name) != nil {
                mistake(name, "is for PORTOLAN_AUTH=oauth")
            }
            return nil
        }
        if publicURL == nil { require("PUBLIC_URL", " with PORTOLAN_AUTH=oauth: tokens are made for it") }
        let keysURL = address("OAUTH_JWKS_URL")
        let audiences = list("OAUTH_AUDIENCE").map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        guard let issuer = text("OAUTH_ISSUER") else {
            require("OAUTH_ISSUER", " with PORTOLAN_AUTH=oauth")
            return nil
        }
        // As it is: a slash at the end is a part of the name.
        if (try? SiteURL(issuer)) == nil { mistake("OAUTH_ISSUER", "must be an http or https address") }
        return Settings.OAuth(
            issuer: issuer, keysURL: keysURL, audiences: audiences.isEmpty ? nil : Set(audiences),
            roleClaim: text("OAUTH_ROLE_CLAIM") ?? "role", groupsClaim: text("OAUTH_GROUPS_CLAIM") ?? "groups",
            librariesClaim: text("OAUTH_LIBRARIES_CLAIM") ?? "libraries")
    }

    /// Origins of pages, such as `https://app.example.com`.
    mutating func origins(_ name: String) -> [String] {
        list(name).compactMap { text in
            let parts = text.firstRange(of: "://").map { text[$0.upperBound...] }
            guard text.hasPrefix("https://") || text.hasPrefix("http://"), let parts, !parts.isEmpty, !parts.contains("/") else {
                mistake(name, "must name origins such as https://app.example.com, not \(text)")
                return nil
            }
            return text
        }
    }

    /// The parts between commas.
    private func list(_ name: String) -> [String] {
        (text(name) ?? "").split(separator: ",").map { String($0).trimmingWhitespace() }.filter { !$0.isEmpty }
    }
}
