import { check } from './index.js';
await check();
