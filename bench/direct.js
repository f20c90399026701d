// Preloaded where the bench runs without a proxy: whatever connects to port 443 connects to the emulator. Names and TLS stay real.
import net from 'node:net';

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (Number(options?.port) === 443)
    Object.assign(options, { host: '127.0.0.1', port: Number(process.env.BENCH_PORT) });
  return connect.apply(this, args);
};
