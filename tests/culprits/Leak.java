import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A server that forgets nothing: its heap grows by as many MiB as it is told. With a second
 * argument it consists of references of 8 bytes, and garbage is collected: so ZGC looks at all of
 * it, through each of its mappings.
 */
final class Leak {
    public static void main(String[] args) throws Exception {
        boolean isLookedAt = args.length > 1;
        List<Object> leak = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[0]); i++) {
            leak.add(isLookedAt ? new Object[1 << 17] : new byte[1 << 20]);
        }
        for (int i = 0; isLookedAt && i < 6; i++) {
            System.gc();
        }
        Files.createFile(Path.of("/run/culprits/" + ProcessHandle.current().pid()));
        Thread.sleep(Long.MAX_VALUE);
        System.out.println(leak);
    }
}
