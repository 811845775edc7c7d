<?php
// The echo application as one writes it with SoapServer. The path says what the endpoint does, as words between slashes.
declare(strict_types=1);

const NS = 'http://example.org/rm/echo';
const WSDL = __DIR__ . '/../metro/src/main/resources/echo.wsdl';

/** The operations, wrapped: an object with the children comes in and goes out. */
class EchoService
{
    public function echoString($in)
    {
        record('echoString', $in->text ?? '');
        return ['text' => $in->text ?? null];
    }

    public function next($in)
    {
        return ['number' => record('next', '')];
    }

    public function fail($in)
    {
        record('fail', $in->text ?? '');
        $detail = new SoapVar('<why xmlns="' . NS . '">asked</why>', XSD_ANYXML);
        throw new SoapFault('Client', $in->text ?? '', null, ['detail' => $detail]);
    }

    public function Ping($in)
    {
        record('Ping', $in->text ?? '');
    }
}

/** The same for rpc style, without a WSDL: parameters come in, and the encoded answer is called "return". */
class RPCService
{
    public function echoString($text)
    {
        record('echoString', $text);
        return $text;
    }

    public function fail($text)
    {
        record('fail', $text);
        throw new SoapFault('Client', $text);
    }
}

function words(): array
{
    return explode('/', trim(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH), '/'));
}

/** Notes a call and returns how many there were of that operation. */
function record(string $operation, string $text): int
{
    $file = fopen(getenv('PHPPEER_DIR') . '/calls', 'c+');
    flock($file, LOCK_EX);
    $n = 1;
    while (($line = fgets($file)) !== false) {
        $n += str_starts_with($line, "$operation ");
    }
    fwrite($file, $operation . ' ' . json_encode(substr($text, 0, 40), JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
    fclose($file);
    return $n;
}

/** What was called, in order: {"Ping":["0 the quick...","1 the quick..."]}. */
function stats(): object
{
    $calls = [];
    foreach (@file(getenv('PHPPEER_DIR') . '/calls') ?: [] as $line) {
        [$operation, $text] = explode(' ', $line, 2);
        $calls[$operation][] = json_decode($text);
    }
    return (object) $calls;
}

if (words() === ['stats']) {
    header('Content-Type: application/json');
    echo json_encode(stats());
    return;
}
if (isset($_GET['wsdl'])) {
    header('Content-Type: text/xml; charset=utf-8');
    echo str_replace('http://127.0.0.1/', "http://$_SERVER[SERVER_NAME]:$_SERVER[SERVER_PORT]$_SERVER[SCRIPT_NAME]", file_get_contents(WSDL));
    return;
}
foreach (words() as $word) {
    match ($word) {
        'slow' => sleep(2),
        'gzip' => ob_start('ob_gzhandler'),
        default => null,
    };
}
if (in_array('rpc', words(), true)) {
    $server = new SoapServer(null, ['uri' => NS, 'soap_version' => SOAP_1_1]);
    $server->setClass(RPCService::class);
} else {
    $server = new SoapServer(WSDL, ['soap_version' => in_array('soap12', words(), true) ? SOAP_1_2 : SOAP_1_1, 'cache_wsdl' => WSDL_CACHE_NONE]);
    $server->setClass(EchoService::class);
}
$server->handle();
