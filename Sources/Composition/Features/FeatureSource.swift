import FoundationEssentials
package import Resilience

/// Where the rules of features come from: `FF_NAME` in the environment, else the file, else the default.
package struct FeatureSource: Sendable {
    private let path: String?
    private let environment: [String: String]

    /// - Parameter path: of a YAML file with a mapping for each feature: `enabled`, and optionally `percentage` and `description`.
    package init(path: String?, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.path = path
        self.environment = environment.filter { $0.key.hasPrefix("FF_") }
    }

    /// What the file holds; nil without one. It is small, and its date may not change when it is written twice within a tick of the clock.
    var content: Data? { path.flatMap { FileManager.default.contents(atPath: $0) } }

    /// Reads the rules.
    /// - Throws: ``SettingsError`` with one line for each mistake.
    package func rules() throws(SettingsError) -> [Feature: FeatureRule] {
        var mistakes: [String] = []
        var rules: [Feature: FeatureRule] = [:]
        if let path {
            do {
                rules = try Self.parse(path, &mistakes)
            } catch {
                mistakes.append("PORTOLAN_FEATURES_FILE: \(path): \(error.reason)")
            }
        }
        for (variable, text) in environment.sorted(by: { $0.key < $1.key }) {
            guard let feature = Feature.all.first(where: { $0.variable == variable }) else {
                mistakes.append("\(variable): no such feature; there are \(Feature.all.map(\.variable).joined(separator: ", "))")
                continue
            }
            if let rule = Self.rule(text) {
                rules[feature] = rule
            } else {
                mistakes.append("\(variable): must be on, off, or a percentage from 0 to 100, not \(text)")
            }
        }
        guard mistakes.isEmpty else { throw SettingsError(mistakes) }
        return rules
    }

    private static func parse(_ path: String, _ mistakes: inout [String]) throws(YAMLNode.Malformed) -> [Feature: FeatureRule] {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 16 else {
            throw YAMLNode.Malformed("cannot be read, or is larger than 64 KiB")
        }
        let entries: [(key: String, value: YAMLNode)]
        switch try YAMLNode(Array(data)) {
        case nil: entries = []
        case .scalar(let text, _) where text.isEmpty: entries = []
        case .mapping(let found, _): entries = found
        case .scalar(_, let line), .list(_, let line): throw YAMLNode.Malformed(line, "the file must be a mapping from features to rules")
        }
        var rules: [Feature: FeatureRule] = [:]
        for (name, node) in entries {
            guard let feature = Feature.all.first(where: { $0.name == name }) else {
                mistakes.append("\(path): no such feature: \(name)")
                continue
            }
            rules[feature] = try rule(node)
        }
        return rules
    }

    private static func rule(_ node: YAMLNode) throws(YAMLNode.Malformed) -> FeatureRule {
        guard case .mapping(let entries, let line) = node else {
            guard case .scalar(let text, _) = node, let rule = rule(text) else {
                throw YAMLNode.Malformed(node.line, "must be on, off, a percentage, or a mapping with enabled, percentage and description")
            }
            return rule
        }
        var (isEnabled, percentage, note): (Bool?, Double, String?) = (nil, 100, nil)
        for (key, value) in entries {
            guard case .scalar(let text, let line) = value else { throw YAMLNode.Malformed(value.line, "\(key) must be a single value") }
            switch key {
            case "enabled":
                guard ["true", "false"].contains(text) else { throw YAMLNode.Malformed(line, "enabled must be true or false") }
                isEnabled = text == "true"
            case "percentage":
                guard let number = Double(text), (0...100).contains(number) else {
                    throw YAMLNode.Malformed(line, "percentage must be a number from 0 to 100")
                }
                percentage = number
            case "description": note = text
            default: throw YAMLNode.Malformed(line, "there is no \(key): enabled, percentage and description")
            }
        }
        guard let isEnabled else { throw YAMLNode.Malformed(line, "enabled is missing") }
        return FeatureRule(isEnabled: isEnabled, percentage: percentage, note: note)
    }

    /// `on`, `off`, or a percentage.
    private static func rule(_ text: String) -> FeatureRule? {
        switch text.lowercased() {
        case "on", "true": return FeatureRule(isEnabled: true)
        case "off", "false": return FeatureRule(isEnabled: false)
        default:
            guard let number = Double(text), (0...100).contains(number) else { return nil }
            return FeatureRule(isEnabled: true, percentage: number)
        }
    }
}
