import CFuzzer
import FoundationEssentials
import FuzzTargets
import Glibc

/// Runs libFuzzer on one decoder: `Fuzzing NAME [libFuzzer's arguments]`. `Fuzzing --list` prints the names, `Fuzzing --seeds NAME FOLDER` writes
/// the inputs to begin with. Built by `deploy/fuzz` only, with the sanitizers.
@main
enum Fuzzing {
    // Set once before the first input, read by the callback, which can carry no context.
    nonisolated(unsafe) private static var target = FuzzTarget.all[0]

    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.dropFirst().first == "--list" {
            for target in FuzzTarget.all { print(target.name) }
            return
        }
        if arguments.count == 4, arguments[1] == "--seeds" {
            for (index, seed) in try chosen(arguments[2]).seeds().enumerated() {
                try Data(seed).write(to: URL(filePath: "\(arguments[3])/seed-\(index)"))
            }
            return
        }
        guard arguments.count > 1 else { throw Unknown(name: "") }
        unsafe target = try chosen(arguments[1])
        // libFuzzer takes the first argument for its own name.
        var count = CommandLine.argc - 1
        var values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv + 1
        exit(
            unsafe LLVMFuzzerRunDriver(&count, &values) { bytes, count in
                unsafe Fuzzing.target.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
                return 0
            })
    }

    private static func chosen(_ name: String) throws -> FuzzTarget {
        guard let target = FuzzTarget.all.first(where: { $0.name == name }) else { throw Unknown(name: name) }
        return target
    }

    private struct Unknown: Error {
        let name: String
    }
}
