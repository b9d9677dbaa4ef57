package kit;

import org.junit.jupiter.api.Assumptions;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Chromium without a window, told what to do in the DevTools protocol. It shows one page. */
public final class Browser implements AutoCloseable {
    private static final JsonMapper MAPPER = new JsonMapper();

    /** What has been said in the console: errors, what the page's policy forbids, dialogues. */
    public final List<String> said = Collections.synchronizedList(new ArrayList<>());

    /** What has been asked for, but for the page itself. */
    public final List<String> requests = Collections.synchronizedList(new ArrayList<>());

    private final Process process;
    private final WebSocket socket;
    private final String session;
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private volatile CompletableFuture<Boolean> loaded = new CompletableFuture<>();
    private int messages;
    private String page = "";

    /**
     * Starts it; skips the test where it is not there.
     *
     * @param folder takes its files
     */
    public Browser(Path folder) throws Exception {
        Assumptions.assumeTrue(isThere(), "Chromium is needed: apt-get install chromium");
        Path profile = Files.createDirectories(folder.resolve("chromium"));
        ProcessBuilder builder =
                new ProcessBuilder(
                        "chromium",
                        "--headless",
                        "--no-sandbox", // as root it has none
                        "--disable-gpu",
                        "--hide-scrollbars",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank");
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("chromium.out").toFile());
        process = builder.start();
        Path port = profile.resolve("DevToolsActivePort");
        Host.await("Chromium", () -> Files.exists(port) && Files.readAllLines(port).size() == 2);
        List<String> address = Files.readAllLines(port);
        URI uri = URI.create("ws://localhost:" + address.get(0) + address.get(1));
        HttpClient client = HttpClient.newHttpClient();
        socket = client.newWebSocketBuilder().buildAsync(uri, new Listener()).get();
        String target =
                call("", "Target.createTarget", Map.of("url", "about:blank"))
                        .get("targetId")
                        .asString();
        Map<String, Object> attach = Map.of("targetId", target, "flatten", true);
        session = call("", "Target.attachToTarget", attach).get("sessionId").asString();
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            call(domain + ".enable", Map.of());
        }
        size(1280, 900);
    }

    private static boolean isThere() {
        for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(folder, "chromium"))) {
                return true;
            }
        }
        return false;
    }

    /** Opens a page, and waits until it has been drawn; returns the milliseconds that took. */
    public long open(Path file) throws Exception {
        page = file.toUri().toString();
        loaded = new CompletableFuture<>();
        said.clear();
        requests.clear();
        long begin = System.nanoTime();
        call("Page.navigate", Map.of("url", page));
        loaded.get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
        eval("new Promise(done => requestAnimationFrame(() => setTimeout(done)))");
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    /** Loads the page once more, from the address that it has now. */
    public void reload() throws Exception {
        loaded = new CompletableFuture<>();
        call("Page.reload", Map.of());
        loaded.get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** The value of an expression in the page. */
    public JsonNode eval(String expression) throws Exception {
        Map<String, Object> what =
                Map.of("expression", expression, "returnByValue", true, "awaitPromise", true);
        JsonNode answer = call("Runtime.evaluate", what);
        if (answer.has("exceptionDetails")) {
            throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
        }
        return answer.get("result").path("value");
    }

    /** The text of the first element that a selector finds. */
    public String text(String selector) throws Exception {
        return eval("document.querySelector('" + selector + "').textContent").asString();
    }

    /** The texts of all elements that a selector finds. */
    public List<String> texts(String selector) throws Exception {
        String all = "[...document.querySelectorAll('" + selector + "')]";
        List<String> texts = new ArrayList<>();
        eval(all + ".map(e => e.textContent)").forEach(text -> texts.add(text.asString()));
        return texts;
    }

    /** Clicks with the mouse, in the middle of an element. */
    public void click(String selector) throws Exception {
        double[] box = box(selector);
        double x = box[0] + box[2] / 2;
        double y = box[1] + box[3] / 2;
        drag(x, y, x, y);
    }

    /** Where an element is, when it has been scrolled to: left, top, width, height. */
    public double[] box(String selector) throws Exception {
        String element = "document.querySelector('" + selector + "')";
        JsonNode box =
                eval(
                        "(e => { e.scrollIntoView({block: 'center'});"
                                + " const b = e.getBoundingClientRect();"
                                + " return [b.left, b.top, b.width, b.height]; })("
                                + (element + ")"));
        double[] numbers = new double[4];
        for (int i = 0; i < 4; i++) {
            numbers[i] = box.get(i).asDouble();
        }
        return numbers;
    }

    /** Presses the mouse's button, moves and releases it. */
    public void drag(double fromX, double fromY, double toX, double toY) throws Exception {
        mouse("mouseMoved", fromX, fromY);
        mouse("mousePressed", fromX, fromY);
        mouse("mouseMoved", toX, toY);
        mouse("mouseReleased", toX, toY);
    }

    private void mouse(String type, double x, double y) throws Exception {
        call(
                "Input.dispatchMouseEvent",
                Map.of("type", type, "x", x, "y", y, "button", "left", "clickCount", 1));
    }

    /** Presses a key, such as ArrowDown or a. */
    public void key(String key) throws Exception {
        for (String type : List.of("keyDown", "keyUp")) {
            call(
                    "Input.dispatchKeyEvent",
                    key.length() == 1 && type.equals("keyDown")
                            ? Map.of("type", type, "key", key, "text", key)
                            : Map.of("type", type, "key", key));
        }
    }

    /** Sets the window's size. */
    public void size(int width, int height) throws Exception {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    /** Sets whether the user likes it dark. */
    public void dark(boolean isDark) throws Exception {
        Map<String, String> feature =
                Map.of("name", "prefers-color-scheme", "value", isDark ? "dark" : "light");
        call("Emulation.setEmulatedMedia", Map.of("features", List.of(feature)));
    }

    /** Sets whether the page looks as on paper. */
    public void paper(boolean isPaper) throws Exception {
        call("Emulation.setEmulatedMedia", Map.of("media", isPaper ? "print" : ""));
    }

    /** Sets the user's time zone; empty: that of this host. */
    public void zone(String zone) throws Exception {
        call("Emulation.setTimezoneOverride", Map.of("timezoneId", zone));
    }

    /** Takes a picture of the whole page. */
    public void picture(Path file) throws Exception {
        Map<String, Object> whole = Map.of("captureBeyondViewport", true, "format", "png");
        decode(call("Page.captureScreenshot", whole), file);
    }

    /** Prints the page into a PDF. */
    public void print(Path file) throws Exception {
        decode(call("Page.printToPDF", Map.of("printBackground", false)), file);
    }

    private static void decode(JsonNode answer, Path file) throws IOException {
        Files.write(file, Base64.getDecoder().decode(answer.get("data").asString()));
    }

    private JsonNode call(String method, Map<String, ?> parameters) throws Exception {
        return call(session, method, parameters);
    }

    private JsonNode call(String session, String method, Map<String, ?> parameters)
            throws Exception {
        int id = ++messages;
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(id, answer);
        Map<String, Object> message = new HashMap<>();
        message.put("id", id);
        message.put("method", method);
        message.put("params", parameters);
        if (!session.isEmpty()) {
            message.put("sessionId", session);
        }
        socket.sendText(MAPPER.writeValueAsString(message), true).get();
        return answer.get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void take(String text) {
        JsonNode message = MAPPER.readTree(text);
        if (message.has("id")) {
            CompletableFuture<JsonNode> answer = answers.remove(message.get("id").asInt());
            if (message.has("error")) {
                answer.completeExceptionally(new IOException(message.get("error").toString()));
            } else {
                answer.complete(message.get("result"));
            }
            return;
        }
        JsonNode event = message.path("params");
        switch (message.path("method").asString()) {
            case "Page.loadEventFired" -> loaded.complete(true);
            case "Runtime.consoleAPICalled",
                    "Runtime.exceptionThrown",
                    "Log.entryAdded",
                    "Page.javascriptDialogOpening" ->
                    said.add(event.toString());
            case "Network.requestWillBeSent" -> {
                String url = event.get("request").get("url").asString();
                if (!url.replaceFirst("#.*", "").equals(page)) {
                    requests.add(url);
                }
            }
            default -> {}
        }
    }

    /** Ends it; it takes its own files away. */
    @Override
    public void close() {
        try {
            call("", "Browser.close", Map.of());
            process.onExit().get(Program.PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** Puts messages together: they come in parts. */
    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                take(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }
}
