import APIServer
import Domain
import FoundationEssentials

/// Turns texts into values and collects what is wrong.
struct SettingsCheck {
    private let source: SettingsSource
    private(set) var mistakes: [String]
    /// What is required and not set.
    private(set) var missing: [String] = []

    init(_ source: SettingsSource) {
        self.source = source
        mistakes = source.mistakes
    }

    mutating func mistake(_ name: String, _ problem: String) { mistakes.append("PORTOLAN_\(name): \(problem)") }

    mutating func require(_ name: String, _ problem: String) { missing.append("PORTOLAN_\(name): is required\(problem)") }

    /// The text; nil when it is not set or empty.
    func text(_ name: String) -> String? {
        source.text(name).flatMap { $0.trimmingWhitespace().isEmpty ? nil : $0.trimmingWhitespace() }
    }

    mutating func number(_ name: String, _ range: ClosedRange<Int>) -> Int {
        guard let text = text(name) else { return range.lowerBound }
        guard let number = Int(text), range.contains(number) else {
            mistake(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound), not \(text)")
            return range.lowerBound
        }
        return number
    }

    mutating func choice<Value>(_ name: String, _ values: [String: Value]) -> Value {
        let text = text(name) ?? ""
        if let value = values[text] { return value }
        mistake(name, "must be one of \(values.keys.sorted().joined(separator: ", ")), not \(text)")
        // The default, so that a mistake brings no further ones that depend on what was meant.
        let fallback = SettingKey.all.first { $0.name == name }?.fallback
        guard let value = fallback.flatMap({ values[$0] }) ?? values.min(by: { $0.key < $1.key })?.value else {
            preconditionFailure("a choice without values")
        }
        return value
    }

    /// An http or https address without a slash at its end.
    mutating func address(_ name: String) -> String? {
        guard var text = text(name) else { return nil }
        while text.hasSuffix("/") { text.removeLast() }
        guard (try? SiteURL(text)) != nil else {
            mistake(name, "must be an http or https address")
            return nil
        }
        return text
    }

    /// The path of a file that can be read.
    mutating func readableFile(_ name: String) -> String? {
        guard let path = text(name) else { return nil }
        guard FileManager.default.isReadableFile(atPath: path) else {
            mistake(name, "cannot be read: \(path)")
            return nil
        }
        return path
    }

    /// An absolute path without a slash at its end.
    mutating func folder(_ name: String) -> String? {
        guard var text = text(name) else { return nil }
        while text.utf8.count > 1, text.hasSuffix("/") { text.removeLast() }
        guard text.hasPrefix("/"), !text.split(separator: "/").contains("..") else {
            mistake(name, "must be an absolute path, not \(text)")
            return nil
        }
        return text
    }

    mutating func rateLimit() -> Settings.RateLimit {
        let text = text("RATE_LIMIT") ?? "roles"
        if text == "roles" { return .roles }
        if text == "off" { return .off }
        if text.hasSuffix("/s"), let rate = Double(text.dropLast(2)), rate > 0, rate <= 1_000_000 { return .perSecond(rate) }
        mistake("RATE_LIMIT", "must be roles, off, or a number of requests a second such as 50/s, not \(text)")
        return .roles
    }

    mutating func surfaces() -> Set<Surface> {
        var surfaces: Set<Surface> = []
        for part in (text("SURFACES") ?? "").split(separator: ",") {
            let name = String(part).trimmingWhitespace()
            guard let surface = Surface(rawValue: name) else {
                mistake("SURFACES", "must be some of \(Surface.allCases.map(\.rawValue).joined(separator: ", ")), not \(name)")
                continue
            }
            surfaces.insert(surface)
        }
        return surfaces
    }

    mutating func embedder() -> Settings.EmbedderChoice {
        let choice = text("EMBEDDER") ?? "local"
        if choice == "none" { return .none }
        if choice == "local" { return .local(modelDirectory: text("MODEL_DIR") ?? Self.installedModel(text("TOOLS_DIR"))) }
        guard let url = address("EMBEDDER") else { return .none }
        guard let model = text("EMBEDDER_MODEL") else {
            require("EMBEDDER_MODEL", " with an embedding server")
            return .none
        }
        guard text("EMBEDDER_DIMENSION") != nil else {
            require("EMBEDDER_DIMENSION", " with an embedding server")
            return .none
        }
        return .server(
            url: url, model: model, dimension: number("EMBEDDER_DIMENSION", 1...4000), tokenLimit: number("EMBEDDER_TOKEN_LIMIT", 32...8192)
        )
    }

    mutating func networks(_ name: String) -> [IPNetwork] {
        (text(name) ?? "").split(separator: ",").compactMap { part in
            let text = String(part).trimmingWhitespace()
            guard let network = IPNetwork(text) else {
                mistake(name, "is no network in CIDR notation: \(text)")
                return nil
            }
            return network
        }
    }

    /// Where `deploy/setup` puts the model: for root, or in the user's home.
    private static func installedModel(_ tools: String?) -> String {
        if let tools { return tools + "/model" }
        let system = "/opt/portolan/model"
        if FileManager.default.fileExists(atPath: system) { return system }
        return (ProcessInfo.processInfo.environment["HOME"] ?? "") + "/.local/share/portolan/model"
    }
}
