/// The one error of this module.
package struct InferenceError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What went wrong, to branch on.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case modelMissing, invalidModel, unsupportedInstructionSet, overloaded, closed, outOfResources }
        private let value: Value

        private init(_ value: Value) { self.value = value }

        /// A file of the model folder is absent or cannot be read.
        package static let modelMissing = Code(.modelMissing)
        /// A file of the model folder is damaged, of another model, or not the one that was pinned.
        package static let invalidModel = Code(.invalidModel)
        /// This processor lacks the instruction set that was asked for.
        package static let unsupportedInstructionSet = Code(.unsupportedInstructionSet)
        /// Too many texts are waiting; later there may be room.
        package static let overloaded = Code(.overloaded)
        /// The encoder was shut down.
        package static let closed = Code(.closed)
        /// Memory or threads ran out.
        package static let outOfResources = Code(.outOfResources)

        package var description: String { value.rawValue }
    }

    /// What went wrong.
    package let code: Code
    /// One sentence with the paths and causes, for logs and for the person who runs the service.
    package let message: String
    /// Where it was created.
    package let place: String

    init(_ code: Code, _ message: String, file: StaticString = #fileID, line: UInt = #line) {
        self.code = code
        self.message = message
        place = "\(file):\(line)"
    }

    /// Whether the same call can succeed later.
    package var isRetryable: Bool { code == .overloaded || code == .outOfResources }

    /// Safe to show to a stranger: no paths.
    package var description: String {
        switch code {
        case .modelMissing: "The embedding model is not installed."
        case .invalidModel: "The embedding model cannot be used."
        case .unsupportedInstructionSet: "The processor lacks the instruction set that was asked for."
        case .overloaded: "Too many texts are waiting to be embedded."
        case .closed: "The encoder is shut down."
        default: "The encoder is out of memory or threads."
        }
    }

    package var debugDescription: String { "InferenceError(\(code)): \(message) (\(place))" }
}
