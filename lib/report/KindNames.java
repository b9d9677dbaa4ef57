package report;

import procfs.MemoryKinds;

/** What kinds of memory are called. */
final class KindNames {
    private KindNames() {}

    /** In words, from what they are called in JSON. */
    static String of(String jsonName) {
        for (MemoryKinds.Kind kind : MemoryKinds.Kind.values()) {
            if (kind.jsonName.equals(jsonName)) {
                return kind.label;
            }
        }
        return jsonName;
    }
}
