<?php
// Runs service.php on PHP's own web server, which closes the connection after each answer.
declare(strict_types=1);

function serve(array $args): int
{
    $o = options($args, ['port' => '0']);
    $dir = sys_get_temp_dir() . '/phppeer' . bin2hex(random_bytes(6));
    mkdir($dir, 0o700);
    $env = ['PHPPEER_DIR' => $dir] + getenv();
    $command = [PHP_BINARY, '-d', 'soap.wsdl_cache_enabled=0', '-d', 'display_errors=0', '-d', 'log_errors=1', '-d', 'error_log=/dev/stderr',
        '-S', '127.0.0.1:' . $o['port'], '-t', __DIR__, __DIR__ . '/service.php'];
    $server = proc_open($command, [1 => STDERR, 2 => ['pipe', 'w']], $pipes, null, $env);
    $stop = false;
    pcntl_async_signals(true);
    pcntl_signal(SIGTERM, function () use (&$stop) { $stop = true; });
    pcntl_signal(SIGINT, function () use (&$stop) { $stop = true; });
    // Its log goes on, and says which port it has taken.
    while (!$stop && !feof($pipes[2])) {
        $ready = [$pipes[2]];
        $none = null;
        if (!@stream_select($ready, $none, $none, 0, 100_000)) {
            continue;
        }
        $line = (string) fgets($pipes[2]);
        fwrite(STDERR, $line);
        if (preg_match('~Development Server \(http://(.*)\) started~', $line, $found)) {
            echo "listening http=$found[1]\n";
        }
    }
    proc_terminate($server, SIGKILL);
    proc_close($server);
    array_map('unlink', glob("$dir/*"));
    rmdir($dir);
    return $stop ? 0 : 1;
}
