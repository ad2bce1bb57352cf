import FoundationEssentials

/// What the build that made this test process has made beside it.
package enum BuildProducts {
    /// Absolute path of the folder of programs and libraries.
    package static let folder: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return bundle.split(separator: "/").dropLast().map { "/\($0)" }.joined()
    }()
}
