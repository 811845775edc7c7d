<?php
// The echo application's client as one writes it with SoapClient: by a WSDL, or (--rpc) without one.
declare(strict_types=1);

function client(string $scenario, array $args): int
{
    $o = options($args, ['url' => '', 'wsdl' => '', 'soap' => '11', 'count' => '10', 'size' => '0', 'rpc' => false, 'gzip' => false,
        'keep-alive' => false, 'wait' => false]);
    if (!in_array($scenario, ['echo', 'next', 'ping', 'fail'], true) || $o['url'] === '' && $o['wsdl'] === '') {
        throw new InvalidArgumentException('phppeer echo|next|ping|fail --url URL [--wsdl URL] [options]');
    }
    $options = [
        'soap_version' => $o['soap'] === '12' ? SOAP_1_2 : SOAP_1_1,
        'cache_wsdl' => WSDL_CACHE_NONE,
        'keep_alive' => $o['keep-alive'],
        'exceptions' => true,
        'features' => $o['wait'] ? SOAP_WAIT_ONE_WAY_CALLS : 0,
    ];
    if ($o['url'] !== '') {
        $options['location'] = $o['url'];
    }
    if ($o['gzip']) {
        $options['compression'] = SOAP_COMPRESSION_ACCEPT | SOAP_COMPRESSION_GZIP | 5;
    }
    if ($o['rpc']) {
        $options['uri'] = NS;
    }
    $began = microtime(true);
    $done = 0;
    try {
        $client = new SoapClient($o['rpc'] ? null : ($o['wsdl'] ?: WSDL), $options);
        for ($n = 0; $n < (int) $o['count']; $n++, $done++) {
            if ($why = once($client, $scenario, $n, (int) $o['size'], $o['rpc'])) {
                throw new RuntimeException($why);
            }
        }
    } catch (Throwable $e) {
        $code = $e instanceof SoapFault ? "$e->faultcode: " : '';
        printf("failed %s: call %d: %s%s\n", $scenario, $done + 1, $code, strtr($e->getMessage(), "\n", ' '));
        return 1;
    }
    $seconds = microtime(true) - $began;
    printf("ok %s count=%d seconds=%.3f rate=%.1f\n", $scenario, $done, $seconds, $done / $seconds);
    return 0;
}

/** Makes one call and returns what is wrong with its answer. */
function once(SoapClient $client, string $scenario, int $n, int $size, bool $rpc): ?string
{
    $text = str_pad("$n the quick <brown> & fox jumps over grüße 😀", $size, '.');
    switch ($scenario) {
        case 'echo':
            $got = $rpc ? $client->__soapCall('echoString', [new SoapParam($text, 'text')]) : $client->echoString(['text' => $text])->text;
            return $got === $text ? null : "echo of '$text' is '$got'";
        case 'next':
            $got = $client->next([])->number;
            return $got === $n + 1 ? null : 'next is ' . $got . ' instead of ' . ($n + 1);
        case 'ping':
            $client->Ping(['text' => $text]);
            return null;
        case 'fail':
            try {
                $rpc ? $client->__soapCall('fail', [new SoapParam($text, 'text')]) : $client->fail(['text' => $text]);
            } catch (SoapFault $fault) {
                return str_contains($fault->getMessage(), $text) ? null : "$fault->faultcode: " . $fault->getMessage();
            }
            return 'fail succeeds';
    }
}
