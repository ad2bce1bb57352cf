/// An element of XML with everything inside it.
package struct XMLElement: Sendable, Hashable {
    /// What lies in an element.
    package enum Node: Sendable, Hashable {
        case element(XMLElement)
        /// With references resolved; neighbors are one.
        case text(String)
    }

    /// As written, with its prefix.
    package let name: String
    /// Values by name, prefix included.
    package let attributes: [String: String]
    package var children: [Node] = []

    package init(_ name: String, attributes: [String: String] = [:], children: [Node] = []) {
        (self.name, self.attributes, self.children) = (name, attributes, children)
    }

    /// The elements directly inside.
    package var elements: [XMLElement] {
        children.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    /// The first element of the name directly inside.
    package func first(_ name: String) -> XMLElement? { elements.first { $0.name == name } }

    /// All text inside, as it stands.
    package var text: String {
        var output = ""
        appendText(to: &output)
        return output
    }

    private func appendText(to output: inout String) {
        for child in children {
            switch child {
            case .text(let text): output += text
            case .element(let element): element.appendText(to: &output)
            }
        }
    }
}
