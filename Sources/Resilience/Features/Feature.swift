/// A part of the product that operators can switch, for all callers or for a share of them, while it runs.
package struct Feature: Sendable, Hashable {
    /// Lower case with underscores; in the environment in upper case behind `FF_`.
    package let name: String
    /// What is different when it is on, in one line.
    package let description: String
    /// Whether it is on when nobody says otherwise.
    package let isOnByDefault: Bool

    private init(_ name: String, isOnByDefault: Bool, _ description: String) {
        (self.name, self.isOnByDefault, self.description) = (name, isOnByDefault, description)
    }

    /// The vector leg of searches.
    package static let vectorSearch = Feature(
        "vector_search", isOnByDefault: true, "searches by meaning too; off: by words alone, without asking the embedder")

    /// All of them.
    package static let all = [vectorSearch]

    /// The environment variable.
    package var variable: String { "FF_" + name.uppercased() }
}

/// For whom a feature is on.
package struct FeatureRule: Sendable, Hashable {
    /// Off for everybody when false, whatever the share.
    package let isEnabled: Bool
    /// The share of callers, in percent from 0 to 100.
    package let percentage: Double
    /// Why it is so, for whoever looks.
    package let note: String?

    /// - Parameters: see the properties; the share is brought within its bounds.
    package init(isEnabled: Bool, percentage: Double = 100, note: String? = nil) {
        (self.isEnabled, self.note) = (isEnabled, note)
        self.percentage = percentage.isFinite ? min(max(percentage, 0), 100) : 0
    }

    /// The share of callers for whom it is on, from 0 to 1.
    package var share: Double { isEnabled ? percentage / 100 : 0 }

    /// Whether it is on for `subject`: always the same answer for the same feature, subject and rule, in every process and release. A larger
    /// share keeps all whom a smaller one had.
    package func isOn(_ feature: Feature, for subject: String) -> Bool {
        guard isEnabled else { return false }
        if percentage >= 100 { return true }
        return Double(Self.bucket(feature.name, subject)) < percentage * 100
    }

    /// From 0 to 9999. FNV-1a with the final mixing of MurmurHash3, because the low digits of FNV alone are not even for short texts.
    package static func bucket(_ feature: String, _ subject: String) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in feature.utf8 + [0x1F] + Array(subject.utf8) {
            hash ^= UInt64(byte)
            hash &*= 0x0000_0100_0000_01b3
        }
        hash ^= hash >> 33
        hash &*= 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        hash &*= 0xc4ce_b9fe_1a85_ec53
        hash ^= hash >> 33
        return Int(hash % 10_000)
    }
}
