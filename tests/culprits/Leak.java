import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A server that forgets nothing: its heap grows by as many MiB as it is told. */
final class Leak {
    public static void main(String[] args) throws Exception {
        List<byte[]> leak = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(args[0]); i++) {
            leak.add(new byte[1 << 20]);
        }
        Files.createFile(Path.of("/run/culprits/" + ProcessHandle.current().pid()));
        Thread.sleep(Long.MAX_VALUE);
        System.out.println(leak);
    }
}
